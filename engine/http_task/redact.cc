#include "engine/http_task/redact.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/value/terminal_text.h"
#include "engine/value/utf8.h"

namespace pawl::http_task {
namespace {

// Each of these consumes from `text` one form of a character, or nothing and returns false.

bool ConsumeHex4(absl::string_view* text, uint32_t* unit) {
  if (text->size() < 6 || (*text)[0] != '\\' || absl::ascii_tolower((*text)[1]) != 'u')
    return false;
  for (char c : text->substr(2, 4)) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
  }
  if (!absl::SimpleHexAtoi(text->substr(2, 4), unit)) return false;
  text->remove_prefix(6);
  return true;
}

bool ConsumeUnicodeEscape(uint32_t code_point, absl::string_view* text) {
  absl::string_view rest = *text;
  uint32_t unit = 0;
  if (!ConsumeHex4(&rest, &unit)) return false;
  if (unit >= 0xD800 && unit < 0xDC00) {
    uint32_t low = 0;
    if (!ConsumeHex4(&rest, &low)) return false;
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }
  if (unit != code_point) return false;
  *text = rest;
  return true;
}

bool ConsumePercent(absl::string_view sequence, absl::string_view* text) {
  absl::string_view rest = *text;
  for (char c : sequence) {
    uint32_t byte = 0;
    if (rest.size() < 3 || rest[0] != '%' || !absl::SimpleHexAtoi(rest.substr(1, 2), &byte) ||
        byte != static_cast<unsigned char>(c)) {
      return false;
    }
    rest.remove_prefix(3);
  }
  *text = rest;
  return true;
}

bool ConsumeEntity(uint32_t code_point, absl::string_view* text) {
  constexpr std::pair<const char*, uint32_t> kNamed[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  for (const auto& [name, character] : kNamed) {
    if (character == code_point && absl::ConsumePrefix(text, name)) return true;
  }
  absl::string_view rest = *text;
  const size_t end = rest.substr(0, 12).find(';');
  if (end == absl::string_view::npos || !absl::ConsumePrefix(&rest, "&#")) return false;
  absl::string_view digits = rest.substr(0, end - 2);
  uint32_t number = 0;
  const bool is_hex = absl::ConsumePrefix(&digits, "x") || absl::ConsumePrefix(&digits, "X");
  const bool is_read =
      is_hex ? absl::SimpleHexAtoi(digits, &number) : absl::SimpleAtoi(digits, &number);
  if (!is_read || number != code_point) return false;
  *text = text->substr(end + 1);
  return true;
}

// The letter that JSON has behind a backslash for `c`; 0 where it has none.
char EscapeLetter(char c) {
  switch (c) {
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '"':
    case '/':
    case '\'':
      return c;
    default:
      return 0;
  }
}

// A backslash and a letter; JSON within JSON has more backslashes.
bool ConsumeEscape(char c, absl::string_view* text) {
  const size_t run = std::min(text->find_first_not_of('\\'), text->size());
  const char letter = EscapeLetter(c);
  if (run == 0 || letter == 0 || run == text->size() || (*text)[run] != letter) return false;
  text->remove_prefix(run + 1);
  return true;
}

// Another form of a character than itself.
bool ConsumeEncoded(absl::string_view sequence, absl::string_view* text) {
  const uint32_t code_point =
      Utf8SequenceLength(sequence, 0) == 0 ? 0xFFFFFFFF : DecodeUtf8(sequence);
  switch (text->empty() ? '\0' : (*text)[0]) {
    case '\\':
      return ConsumeUnicodeEscape(code_point, text) ||
             (sequence.size() == 1 && ConsumeEscape(sequence[0], text));
    case '%':
      return ConsumePercent(sequence, text);
    case '&':
      return ConsumeEntity(code_point, text);
    case '+':
      return sequence == " " && absl::ConsumePrefix(text, "+");
    default:
      return false;
  }
}

// Takes from `text` what is `secret` in some form. A character may be itself or the beginning of an
// encoded one ('&' of "&amp;"): both are tried.
bool ConsumeSecret(absl::string_view secret, absl::string_view* text) {
  while (!secret.empty()) {
    absl::string_view encoded = *text;
    const size_t length = std::max<size_t>(Utf8SequenceLength(secret, 0), 1);
    const bool is_encoded = ConsumeEncoded(secret.substr(0, length), &encoded);
    if (is_encoded && ConsumeSecret(secret.substr(length), &encoded)) {
      *text = encoded;
      return true;
    }
    // A run of backslashes may have been doubled, or doubled again.
    const size_t run = std::min(secret.find_first_not_of('\\'), secret.size());
    const size_t found = std::min(text->find_first_not_of('\\'), text->size());
    if (run > 0 && found >= run) {
      text->remove_prefix(found);
      secret.remove_prefix(run);
    } else if (absl::ConsumePrefix(text, secret.substr(0, length))) {
      secret.remove_prefix(length);
    } else {
      return false;
    }
  }
  return true;
}

// What of base64 is certain to stand for `secret`, wherever in the encoded text it begins.
void AddBase64(absl::string_view secret, std::vector<std::string>* patterns) {
  for (size_t before = 0; before < 3; ++before) {
    const std::string padded = absl::StrCat(std::string(before, '\0'), secret);
    const size_t first = (before * 8 + 5) / 6;
    const size_t last = padded.size() * 8 / 6;  // a character beyond holds bits of what follows
    patterns->push_back(absl::Base64Escape(padded).substr(first, last - first));
    std::string url_safe = patterns->back();
    std::replace(url_safe.begin(), url_safe.end(), '+', '-');
    std::replace(url_safe.begin(), url_safe.end(), '/', '_');
    if (url_safe != patterns->back()) patterns->push_back(std::move(url_safe));
  }
}

}  // namespace

Redactor::Redactor(const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (CountCodePoints(secret) < kMinSecretCharacters) continue;
    patterns_.push_back(secret);
    AddBase64(secret, &patterns_);
  }
  std::sort(patterns_.begin(), patterns_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
}

std::string Redactor::Redact(absl::string_view text) const {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t length = 0;
    for (const std::string& pattern : patterns_) {
      // Nearly every place is decided by its first byte.
      const char c = text[i];
      if (c != pattern[0] && c != '\\' && c != '%' && c != '&' && c != '+') continue;
      absl::string_view rest = text.substr(i);
      if (!ConsumeSecret(pattern, &rest)) continue;
      length = text.size() - i - rest.size();
      break;
    }
    if (length > 0) {
      out += "***";
    } else {
      out += text[i];
    }
    i += std::max<size_t>(length, 1);
  }
  return out;
}

}  // namespace pawl::http_task
