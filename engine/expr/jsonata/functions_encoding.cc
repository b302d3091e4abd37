#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "engine/expr/base64.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/functions.h"
#include "engine/expr/jsonata/text.h"

namespace pawl::expr::jsonata::functions {
namespace {

constexpr absl::string_view kUnescapedMarks = "-_.!~*'()";
constexpr absl::string_view kReservedInUrl = ";/?:@&=+$,#";

Item Encode(const Call& call, absl::string_view kept) {
  constexpr char kHex[] = "0123456789ABCDEF";
  call.workspace.Work(2 * steps::Converted(call[0].AsString().size()));
  std::string encoded;
  for (char c : call[0].AsString()) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || kUnescapedMarks.find(c) != absl::string_view::npos ||
        kept.find(c) != absl::string_view::npos) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 0xF]};
    }
  }
  return call.workspace.String(std::move(encoded));
}

// `text` with what is no UTF-8 replaced; *valid says whether there was any.
std::string ToValidUtf8(absl::string_view text, bool* valid) {
  std::string result;
  *valid = true;
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    absl::string_view rest = text;
    const uint32_t code_point = NextCodePoint(&rest);
    std::string encoded;
    AppendUtf8(code_point, &encoded);
    // A round trip refuses overlong forms, stray bytes and whatever else is malformed.
    const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
    if (encoded == text.substr(0, length) && !surrogate && code_point <= 0x10FFFF) {
      result += encoded;
      text = rest;
    } else {
      *valid = false;
      AppendUtf8(kReplacementCharacter, &result);
      text.remove_prefix(1);
    }
  }
  return result;
}

// Escapes of characters in `kept` stay as they are.
Item Decode(const Call& call, absl::string_view kept, absl::string_view function) {
  const std::string& text = call[0].AsString();
  // A character at a time, thrice, in strings of its own.
  call.workspace.Work(4 * steps::Transformed(text.size()));
  const Raised malformed =
      Raised("D3140").With("functionName", Quoted(function)).With("value", Quoted(text));
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const std::string digits = text.substr(i + 1, 2);
    const auto is_hex = [&](size_t n) {
      return absl::ascii_isxdigit(static_cast<unsigned char>(digits[n]));
    };
    if (digits.size() < 2 || !is_hex(0) || !is_hex(1)) throw malformed;
    const std::string byte = absl::HexStringToBytes(digits);
    decoded += kept.find(byte[0]) == absl::string_view::npos ? byte : "%" + digits;
    i += 2;
  }
  bool valid = true;
  decoded = ToValidUtf8(decoded, &valid);
  if (!valid) throw malformed;
  return call.workspace.String(std::move(decoded));
}

}  // namespace

// Of the UTF-8 bytes, as Java does it. (The reference takes the low bytes of UTF-16 units, which
// loses what is beyond Latin-1.)
Item Base64Encode(const Call& call) {
  call.workspace.Work(steps::Scanned(call[0].AsString().size()));
  return call.workspace.String(absl::Base64Escape(call[0].AsString()));
}

Item Base64Decode(const Call& call) {
  call.workspace.Work(steps::Transformed(2 * call[0].AsString().size()));
  bool valid = true;
  return call.workspace.String(ToValidUtf8(Base64DecodeLenient(call[0].AsString()), &valid));
}

Item EncodeUrl(const Call& call) { return Encode(call, kReservedInUrl); }
Item EncodeUrlComponent(const Call& call) { return Encode(call, ""); }
Item DecodeUrl(const Call& call) { return Decode(call, kReservedInUrl, "decodeUrl"); }
Item DecodeUrlComponent(const Call& call) { return Decode(call, "", "decodeUrlComponent"); }

}  // namespace pawl::expr::jsonata::functions
