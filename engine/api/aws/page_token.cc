#include "engine/api/aws/page_token.h"

#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/aws/error.h"
#include "engine/value/json.h"

namespace pawl::api::aws_json {
namespace {

// FNV-1a: tells tokens of different requests apart. A forged token is no danger, for the service
// checks what is inside.
uint64_t Hash(absl::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

// What stands before the service's token: the operation and the arguments that must stay the same.
std::string PrefixOf(const Call& call) {
  std::map<std::string, std::string> arguments;
  for (const auto& [name, value] : call.request().value().AsObject()) {
    if (value.is_null() || name == "nextToken" || name == "maxResults") continue;
    arguments[name] = ToJson(value);
  }
  std::string text = absl::StrCat(call.context().ns, "\n", call.operation());
  for (const auto& [name, value] : arguments) absl::StrAppend(&text, "\n", name, "=", value);
  return absl::StrCat("1.", absl::Hex(Hash(text), absl::kZeroPad16), ".");
}

}  // namespace

void WriteNextToken(const Call& call, const std::string& inner, JsonObject* answer) {
  if (inner.empty()) return;
  answer->Text("nextToken", absl::Base64Escape(absl::StrCat(PrefixOf(call), inner)));
}

absl::StatusOr<std::string> PageTokenOf(const Call& call) {
  const std::string& token = call.request().Text("nextToken");
  if (token.empty()) return std::string();
  std::string text;
  const bool is_base64 = absl::Base64Unescape(token, &text);
  absl::string_view inner = text;
  if (!is_base64 || !absl::ConsumePrefix(&inner, PrefixOf(call)) || inner.empty()) {
    return aws::MakeError(aws::Error::kInvalidToken, "Invalid Token: 'Invalid token'");
  }
  return std::string(inner);
}

}  // namespace pawl::api::aws_json
