#include "engine/value/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/value/check.h"

namespace pawl {
namespace {

constexpr char kUpperHex[] = "0123456789ABCDEF";

// Whether JSON text must write `c` as an escape.
bool NeedsEscape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

void AppendEscape(unsigned char c, std::string* out) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\f':
      out->append("\\f");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      out->append("\\u00");
      out->push_back(kUpperHex[c >> 4]);
      out->push_back(kUpperHex[c & 15]);
  }
}

void AppendInt(int64_t n, std::string* out) {
  char buffer[24];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), n);
  out->append(buffer, result.ptr);
}

void AppendPretty(const Value& value, size_t indent, std::string* out) {
  const auto new_line = [&](size_t depth) {
    out->push_back('\n');
    out->append(2 * depth, ' ');
  };
  if (value.is_array() && !value.AsArray().empty()) {
    out->push_back('[');
    const char* separator = "";
    for (const Value& v : value.AsArray()) {
      out->append(separator);
      new_line(indent + 1);
      AppendPretty(v, indent + 1, out);
      separator = ",";
    }
    new_line(indent);
    out->push_back(']');
  } else if (value.is_object() && !value.AsObject().empty()) {
    out->push_back('{');
    const char* separator = "";
    for (const Value::Member& m : value.AsObject()) {
      out->append(separator);
      new_line(indent + 1);
      AppendJsonString(m.first, out);
      out->append(": ");
      AppendPretty(m.second, indent + 1, out);
      separator = ",";
    }
    new_line(indent);
    out->push_back('}');
  } else {
    AppendJson(value, out);
  }
}

}  // namespace

void AppendJsonString(absl::string_view s, std::string* out) {
  out->push_back('"');
  size_t start = 0;  // of the run that needs no escape
  for (size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (!NeedsEscape(c)) continue;
    out->append(s.data() + start, i - start);
    AppendEscape(c, out);
    start = i + 1;
  }
  out->append(s.data() + start, s.size() - start);
  out->push_back('"');
}

void AppendJson(const Value& value, std::string* out) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      out->append("null");
      return;
    case Value::Kind::kBool:
      out->append(value.AsBool() ? "true" : "false");
      return;
    case Value::Kind::kInt:
      AppendInt(value.RawInt(), out);
      return;
    case Value::Kind::kDouble:
      out->append(DoubleToText(value.RawDouble()));
      return;
    case Value::Kind::kBigNumber:
      out->append(value.NumberText());
      return;
    case Value::Kind::kString:
      AppendJsonString(value.AsString(), out);
      return;
    case Value::Kind::kArray: {
      out->push_back('[');
      bool first = true;
      for (const Value& v : value.AsArray()) {
        if (!first) out->push_back(',');
        first = false;
        AppendJson(v, out);
      }
      out->push_back(']');
      return;
    }
    case Value::Kind::kObject: {
      out->push_back('{');
      bool first = true;
      for (const Value::Member& m : value.AsObject()) {
        if (!first) out->push_back(',');
        first = false;
        AppendJsonString(m.first, out);
        out->push_back(':');
        AppendJson(m.second, out);
      }
      out->push_back('}');
      return;
    }
  }
}

std::string ToJson(const Value& value) {
  std::string out;
  // The weight is an upper bound in most cases; values that share parts may not even fit.
  constexpr uint64_t kMaxReserve = uint64_t{16} * 1024 * 1024;
  out.reserve(static_cast<size_t>(std::min(value.weight(), kMaxReserve)));
  AppendJson(value, &out);
  return out;
}

std::string ToPrettyJson(const Value& value) {
  std::string out;
  AppendPretty(value, 0, &out);
  return out;
}

std::string DoubleToText(double d) {
  PAWL_CHECK(std::isfinite(d));
  if (d == 0) return std::signbit(d) ? "-0.0" : "0.0";
  char buffer[40];
  // Shortest digits, as "-d.ddde+XX"; then the shape of Java's Double.toString.
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), d, std::chars_format::scientific);
  const absl::string_view text(buffer, static_cast<size_t>(end.ptr - buffer));
  const size_t e = text.find('e');
  int exponent = 0;
  const size_t exponent_digits = text[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(buffer + exponent_digits, end.ptr, exponent);
  std::string out;
  std::string digits;
  for (char c : text.substr(0, e)) {
    if (c == '-') {
      out.push_back('-');
    } else if (c != '.') {
      digits.push_back(c);
    }
  }
  if (exponent >= -3 && exponent < 0) {
    out.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits);
    return out;
  }
  const bool plain = exponent >= 0 && exponent < 7;
  const size_t whole = plain ? static_cast<size_t>(exponent) + 1 : 1;
  if (digits.size() <= whole) digits.append(whole + 1 - digits.size(), '0');
  out.append(digits, 0, whole).append(".").append(digits, whole);
  if (!plain) {
    out.push_back('E');
    AppendInt(exponent, &out);
  }
  return out;
}

}  // namespace pawl
