// From a policy's JSON text to a Policy.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/auth/actions.h"
#include "engine/auth/policy.h"
#include "engine/aws/error.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"

namespace pawl::auth {
namespace {

constexpr uint32_t kMaxDepth = 16;

absl::Status Wrong(absl::string_view pointer, absl::string_view rule) {
  return aws::MakeError(
      aws::Error::kValidation,
      absl::StrCat("policy: ", pointer.empty() ? "the document" : pointer, " ", rule));
}

// Members of all objects in `value`.
size_t CountMembers(const Value& value) {
  size_t count = 0;
  if (value.is_object()) {
    for (const auto& [key, member] : value.AsObject()) count += 1 + CountMembers(member);
  }
  if (value.is_array()) {
    for (const Value& element : value.AsArray()) count += CountMembers(element);
  }
  return count;
}

// Colons of valid JSON that separate a key from its value.
size_t CountColons(absl::string_view json) {
  size_t count = 0;
  bool is_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    if (is_string && json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      is_string = !is_string;
    } else if (!is_string && json[i] == ':') {
      ++count;
    }
  }
  return count;
}

// "states:StartExecution", with wildcards.
bool IsActionPattern(absl::string_view text) {
  if (text == "*") return true;
  const size_t colon = text.find(':');
  return colon != absl::string_view::npos && colon > 0 && colon + 1 < text.size() &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) {
                       return absl::ascii_isalnum(c) || c == '*' || c == '?' || c == '-' ||
                              c == ':';
                     }) &&
         std::count(text.begin(), text.end(), ':') == 1;
}

bool IsOurs(absl::string_view action) {
  return absl::StartsWithIgnoreCase(action, "states:") ||
         absl::StartsWithIgnoreCase(action, "pawl:");
}

bool MatchesAnyAction(const Glob& glob) {
  const auto actions = Actions();
  return std::any_of(actions.begin(), actions.end(),
                     [&glob](const Action& action) { return glob.Matches(action.name); });
}

}  // namespace

// Reads one document, and stops at the first rule that is broken.
class PolicyReader {
 public:
  absl::Status Read(const Value& document);
  Policy Take() { return std::move(policy_); }

 private:
  absl::Status ReadStatement(const std::string& at, const Value& json);
  absl::Status ReadActions(const std::string& at, const Value& json, Policy::Statement* statement);
  absl::Status ReadResources(const std::string& at, const Value& json,
                             Policy::Statement* statement);
  using Use = std::function<absl::Status(const std::string& place, const std::string& text)>;
  // A string, or an array of one or more: `use` is called with the place of each.
  absl::Status ReadStrings(const std::string& at, const Value& json, const Use& use);

  size_t pattern_count_ = 0;
  Policy policy_;
};

absl::Status PolicyReader::ReadStrings(const std::string& at, const Value& json, const Use& use) {
  if (json.is_array() && !json.AsArray().empty()) {
    for (size_t i = 0; i < json.AsArray().size(); ++i) {
      const Value& element = json.AsArray()[i];
      const std::string place = absl::StrCat(at, "/", i);
      if (!element.is_string()) return Wrong(place, "must be a string");
      absl::Status status = ReadStrings(place, element, use);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
  if (!json.is_string()) return Wrong(at, "must be a string or an array of at least one");
  const std::string& text = json.AsString();
  if (text.empty() || text.size() > Policy::kMaxPatternBytes) {
    return Wrong(at, absl::StrCat("must have 1 to ", Policy::kMaxPatternBytes, " bytes"));
  }
  if (++pattern_count_ > Policy::kMaxPatterns) {
    return Wrong(at, absl::StrCat("is one too many: a policy may have ", Policy::kMaxPatterns,
                                  " actions and resources"));
  }
  if (absl::StrContains(text, "${")) return Wrong(at, "holds a policy variable: not supported");
  return use(at, text);
}

absl::Status PolicyReader::ReadActions(const std::string& at, const Value& json,
                                       Policy::Statement* statement) {
  return ReadStrings(
      at, json, [this, statement](const std::string& place, const std::string& text) {
        if (!IsActionPattern(text)) {
          return Wrong(place, R"(must be "*" or SERVICE:ACTION, as in "states:StartExecution")");
        }
        const Glob& glob = statement->actions.emplace_back(text, Glob::Case::kInsensitive);
        if (IsOurs(text) && !MatchesAnyAction(glob)) {
          policy_.warnings_.push_back(
              absl::StrCat(place, " matches no action there is: ", SafeLines(text)));
        }
        return absl::OkStatus();
      });
}

absl::Status PolicyReader::ReadResources(const std::string& at, const Value& json,
                                         Policy::Statement* statement) {
  return ReadStrings(at, json, [statement](const std::string& place, const std::string& text) {
    if (text != "*" && !absl::StartsWith(text, "arn:")) {
      return Wrong(place, R"(must be "*" or an ARN)");
    }
    statement->resources.emplace_back(text);
    return absl::OkStatus();
  });
}

absl::Status PolicyReader::ReadStatement(const std::string& at, const Value& json) {
  if (!json.is_object()) return Wrong(at, "must be an object");
  Policy::Statement statement;
  bool has_effect = false;
  for (const auto& [key, value] : json.AsObject()) {
    const std::string place = absl::StrCat(at, "/", SafeLines(key));
    absl::Status status;
    if (key == "Effect") {
      has_effect = value == Value::String("Allow") || value == Value::String("Deny");
      statement.allows = value == Value::String("Allow");
      if (!has_effect) status = Wrong(place, R"(must be "Allow" or "Deny")");
    } else if (key == "Action" || key == "NotAction") {
      if (!statement.actions.empty()) return Wrong(at, "has both Action and NotAction");
      statement.negates_actions = key == "NotAction";
      status = ReadActions(place, value, &statement);
    } else if (key == "Resource" || key == "NotResource") {
      if (!statement.resources.empty()) return Wrong(at, "has both Resource and NotResource");
      statement.negates_resources = key == "NotResource";
      status = ReadResources(place, value, &statement);
    } else if (key == "Sid") {
      if (!value.is_string()) status = Wrong(place, "must be a string");
    } else if (key == "Condition") {
      status = Wrong(place, "is not supported: a policy cannot depend on conditions yet");
    } else {
      status = Wrong(place, "is not an element of a statement, or is not supported");
    }
    if (!status.ok()) return status;
  }
  if (!has_effect) return Wrong(at, "needs Effect");
  if (statement.actions.empty()) return Wrong(at, "needs Action or NotAction");
  if (statement.resources.empty()) return Wrong(at, "needs Resource or NotResource");
  policy_.statements_.push_back(std::move(statement));
  return absl::OkStatus();
}

absl::Status PolicyReader::Read(const Value& document) {
  if (!document.is_object()) return Wrong("", "must be an object");
  for (const auto& [key, value] : document.AsObject()) {
    const std::string place = absl::StrCat("/", SafeLines(key));
    if (key == "Version") {
      if (value != Value::String("2012-10-17") && value != Value::String("2008-10-17")) {
        return Wrong(place, R"(must be "2012-10-17" or "2008-10-17")");
      }
    } else if (key == "Id") {
      if (!value.is_string()) return Wrong(place, "must be a string");
    } else if (key != "Statement") {
      return Wrong(place, "is not an element of a policy");
    }
  }
  const Value* statements = document.Find("Statement");
  if (statements == nullptr) return Wrong("", "needs Statement");
  if (!statements->is_array()) return ReadStatement("/Statement", *statements);
  const size_t count = statements->AsArray().size();
  if (count == 0 || count > Policy::kMaxStatements) {
    return Wrong("/Statement",
                 absl::StrCat("must have 1 to ", Policy::kMaxStatements, " statements"));
  }
  for (size_t i = 0; i < count; ++i) {
    absl::Status status = ReadStatement(absl::StrCat("/Statement/", i), statements->AsArray()[i]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<Policy> Policy::Parse(absl::string_view json) {
  if (json.size() > kMaxBytes) {
    return Wrong("", absl::StrCat("must have at most ", kMaxBytes, " bytes"));
  }
  const absl::StatusOr<Value> document = ParseJson(json, {.max_depth = kMaxDepth});
  if (!document.ok()) {
    return Wrong("", absl::StrCat("is not JSON: ", document.status().message()));
  }
  // The parser keeps the last of two members of one name. A reader may have seen the other one.
  if (CountColons(json) != CountMembers(*document)) {
    return Wrong("", "has an object in which a member occurs twice");
  }
  PolicyReader reader;
  absl::Status status = reader.Read(*document);
  if (!status.ok()) return status;
  return reader.Take();
}

}  // namespace pawl::auth
