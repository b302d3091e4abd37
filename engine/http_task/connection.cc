#include "engine/http_task/connection.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/http_task/redact.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"
#include "engine/value/value.h"

namespace pawl::http_task {
namespace {

constexpr char kPrefix[] = "PAWL_CONNECTION_";

absl::Status Missing(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat("the connection has no valid ", field));
}

const Value* Find(const Value* from, absl::string_view key) {
  return from == nullptr ? nullptr : from->Find(key);
}

// A secret that may be any piece of ordinary text could not be told from it in an answer.
absl::Status CheckSecret(absl::string_view field, absl::string_view secret) {
  if (CountCodePoints(secret) >= kMinSecretCharacters) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("its secret ", field, " has fewer than ", kMinSecretCharacters,
                   " characters, too few to be kept out of results; use a longer one"));
}

bool ReadString(const Value* from, absl::string_view key, std::string* s) {
  const Value* value = Find(from, key);
  if (value == nullptr || !value->is_string() || value->AsString().empty()) return false;
  *s = value->AsString();
  return true;
}

absl::Status ReadParameters(const Value* from, absl::string_view key,
                            std::vector<Parameter>* parameters) {
  const Value* list = Find(from, key);
  if (list == nullptr) return absl::OkStatus();
  if (!list->is_array()) return Missing(key);
  for (const Value& entry : list->AsArray()) {
    Parameter parameter;
    const Value* value = entry.Find("Value");
    if (!ReadString(&entry, "Key", &parameter.key) || value == nullptr || !value->is_string()) {
      return Missing(key);
    }
    parameter.value = value->AsString();
    const Value* secret = entry.Find("IsValueSecret");
    parameter.is_secret = secret != nullptr && secret->is_bool() && secret->AsBool();
    if (parameter.is_secret) {
      absl::Status status = CheckSecret(absl::StrCat(key, ".", parameter.key), parameter.value);
      if (!status.ok()) return status;
    }
    parameters->push_back(std::move(parameter));
  }
  return absl::OkStatus();
}

absl::Status ReadHttpParameters(const Value* from, HttpParameters* parameters) {
  absl::Status status = ReadParameters(from, "HeaderParameters", &parameters->headers);
  if (status.ok()) status = ReadParameters(from, "QueryStringParameters", &parameters->query);
  if (status.ok()) status = ReadParameters(from, "BodyParameters", &parameters->body);
  return status;
}

absl::Status ReadOAuth(const Value* oauth, Connection* connection) {
  connection->kind = Connection::Kind::kOAuthClientCredentials;
  const Value* client = Find(oauth, "ClientParameters");
  if (!ReadString(oauth, "AuthorizationEndpoint", &connection->token_endpoint)) {
    return Missing("AuthorizationEndpoint");
  }
  ReadString(oauth, "HttpMethod", &connection->token_method);
  const std::string& method = connection->token_method;
  if (method != "GET" && method != "POST" && method != "PUT") return Missing("HttpMethod");
  if (!ReadString(client, "ClientID", &connection->client_id) ||
      !ReadString(client, "ClientSecret", &connection->client_secret)) {
    return Missing("ClientParameters");
  }
  if (absl::Status status = CheckSecret("ClientSecret", connection->client_secret); !status.ok()) {
    return status;
  }
  return ReadHttpParameters(Find(oauth, "OAuthHttpParameters"), &connection->token_parameters);
}

absl::Status ReadAuthorization(const std::string& type, const Value* auth, Connection* connection) {
  if (type == "API_KEY") {
    connection->kind = Connection::Kind::kApiKey;
    const Value* key = Find(auth, "ApiKeyAuthParameters");
    const bool is_ok = ReadString(key, "ApiKeyName", &connection->api_key_name) &&
                       ReadString(key, "ApiKeyValue", &connection->api_key_value);
    if (!is_ok) return Missing("ApiKeyAuthParameters");
    return CheckSecret("ApiKeyValue", connection->api_key_value);
  }
  if (type == "BASIC") {
    connection->kind = Connection::Kind::kBasic;
    const Value* basic = Find(auth, "BasicAuthParameters");
    const bool is_ok = ReadString(basic, "Username", &connection->username) &&
                       ReadString(basic, "Password", &connection->password);
    if (!is_ok) return Missing("BasicAuthParameters");
    return CheckSecret("Password", connection->password);
  }
  if (type == "OAUTH_CLIENT_CREDENTIALS")
    return ReadOAuth(Find(auth, "OAuthParameters"), connection);
  return type.empty() ? absl::OkStatus() : Missing("AuthorizationType");
}

Failure NotFound(const std::string& name) {
  return Failure{"Events.ConnectionResource.ResourceNotFound",
                 absl::StrCat("There is no connection with the name ", name, ".")};
}

OrFailure<Connection> ParseOrFail(const std::string& name, absl::string_view json) {
  absl::StatusOr<Connection> connection = ParseConnection(json);
  if (connection.ok()) return *std::move(connection);
  return Failure{
      "Events.ConnectionResource.InvalidConnectionState",
      absl::StrCat("The connection ", name, " cannot be used: ", connection.status().message())};
}

class FolderConnections final : public ConnectionSource {
 public:
  explicit FolderConnections(std::string folder) : folder_(std::move(folder)) {}

  OrFailure<Connection> Find(const std::string& name) override {
    for (char c : name) {
      const bool is_plain =
          absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
      if (!is_plain || name[0] == '.') return NotFound(name);
    }
    std::ifstream file(absl::StrCat(folder_, "/", name, ".json"), std::ios::binary);
    if (name.empty() || !file.is_open()) return NotFound(name);
    std::ostringstream text;
    text << file.rdbuf();
    return ParseOrFail(name, text.str());
  }

 private:
  const std::string folder_;
};

class EnvironmentConnections final : public ConnectionSource {
 public:
  explicit EnvironmentConnections(const std::map<std::string, std::string>& environment) {
    for (const auto& [name, value] : environment) {
      if (absl::StartsWith(name, kPrefix)) texts_[name] = value;
    }
  }

  OrFailure<Connection> Find(const std::string& name) override {
    std::string variable = absl::StrCat(kPrefix, absl::AsciiStrToUpper(name));
    for (char& c : variable) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
    }
    const auto text = texts_.find(variable);
    if (text == texts_.end()) return NotFound(name);
    return ParseOrFail(name, text->second);
  }

 private:
  std::map<std::string, std::string> texts_;
};

}  // namespace

std::vector<std::string> Connection::Secrets() const {
  std::vector<std::string> secrets = {password, api_key_value, client_secret};
  if (kind == Kind::kBasic) {
    secrets.push_back(absl::Base64Escape(absl::StrCat(username, ":", password)));
  }
  for (const HttpParameters* group : {&parameters, &token_parameters}) {
    for (const std::vector<Parameter>* list : {&group->headers, &group->query, &group->body}) {
      for (const Parameter& parameter : *list) {
        if (parameter.is_secret) secrets.push_back(parameter.value);
      }
    }
  }
  return secrets;
}

absl::StatusOr<Connection> ParseConnection(absl::string_view json) {
  absl::StatusOr<Value> value = ParseJson(json);
  if (!value.ok() || !value->is_object())
    return absl::InvalidArgumentError("it is not a JSON object");
  Connection connection;
  std::string type;
  ReadString(&*value, "AuthorizationType", &type);
  const Value* auth = value->Find("AuthParameters");
  absl::Status status = ReadAuthorization(type, auth, &connection);
  if (!status.ok()) return status;
  status = ReadHttpParameters(Find(auth, "InvocationHttpParameters"), &connection.parameters);
  if (!status.ok()) return status;
  const Value* hosts = value->Find("AllowedHosts");
  if (hosts == nullptr) return connection;
  if (!hosts->is_array() || hosts->AsArray().empty()) return Missing("AllowedHosts");
  for (const Value& host : hosts->AsArray()) {
    if (!host.is_string()) return Missing("AllowedHosts");
    connection.allowed_hosts.push_back(host.AsString());
  }
  return connection;
}

std::string ConnectionName(absl::string_view arn_or_name) {
  if (!absl::StartsWith(arn_or_name, "arn:")) return std::string(arn_or_name);
  const std::vector<absl::string_view> parts = absl::StrSplit(arn_or_name, absl::MaxSplits(':', 5));
  absl::string_view resource = parts.back();
  if (parts.size() != 6 || !absl::ConsumePrefix(&resource, "connection/")) return "";
  return std::string(resource.substr(0, resource.find('/')));
}

std::unique_ptr<ConnectionSource> ConnectionsInFolder(std::string folder) {
  return std::make_unique<FolderConnections>(std::move(folder));
}

std::unique_ptr<ConnectionSource> ConnectionsInEnvironment(
    const std::map<std::string, std::string>& environment) {
  return std::make_unique<EnvironmentConnections>(environment);
}

}  // namespace pawl::http_task
