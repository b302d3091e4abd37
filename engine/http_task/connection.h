// Credentials of HTTP tasks: what a ConnectionArn stands for. On AWS these are EventBridge
// connections; here they are JSON texts in the form of EventBridge's CreateConnection, in a folder
// or in the environment, so that no secret is ever part of a definition or a history.
//
//   {"AuthorizationType": "API_KEY",                 // or BASIC, OAUTH_CLIENT_CREDENTIALS
//    "AuthParameters": {
//      "ApiKeyAuthParameters": {"ApiKeyName": "x-api-key", "ApiKeyValue": "..."},
//      "BasicAuthParameters": {"Username": "...", "Password": "..."},
//      "OAuthParameters": {"AuthorizationEndpoint": "https://...", "HttpMethod": "POST",
//        "ClientParameters": {"ClientID": "...", "ClientSecret": "..."},
//        "OAuthHttpParameters": {...as InvocationHttpParameters}},
//      "InvocationHttpParameters": {
//        "HeaderParameters": [{"Key": "...", "Value": "...", "IsValueSecret": true}],
//        "QueryStringParameters": [...], "BodyParameters": [...]}},
//    "AllowedHosts": ["api.example.com"]}             // Pawl's own; absent: every allowed host
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/value/failure.h"

namespace pawl::http_task {

struct Parameter {
  std::string key;
  std::string value;
  bool is_secret = false;
};

struct HttpParameters {
  std::vector<Parameter> headers;
  std::vector<Parameter> query;
  std::vector<Parameter> body;
};

struct Connection {
  enum class Kind { kNone, kBasic, kApiKey, kOAuthClientCredentials };
  Kind kind = Kind::kNone;
  std::string username, password;           // kBasic
  std::string api_key_name, api_key_value;  // kApiKey: a header
  std::string token_endpoint;               // kOAuthClientCredentials, as what follows
  std::string token_method = "POST";        // GET, POST or PUT
  std::string client_id, client_secret;
  HttpParameters token_parameters;
  HttpParameters parameters;               // of every call; they win over the task's
  std::vector<std::string> allowed_hosts;  // patterns as in Options; empty: no further limit

  // What must not leave this process but for the server that it is meant for.
  std::vector<std::string> Secrets() const;
};

// InvalidArgument names the field that is wrong, and no value. Secrets of fewer than eight
// characters are refused (redact.h).
absl::StatusOr<Connection> ParseConnection(absl::string_view json);

// The name in "arn:aws:events:REGION:ACCOUNT:connection/NAME/ID"; what is no ARN is a name.
std::string ConnectionName(absl::string_view arn_or_name);

// Implementations are thread-safe and may block for as long as a file takes to read.
class ConnectionSource {
 public:
  virtual ~ConnectionSource() = default;
  // Events.ConnectionResource.ResourceNotFound, or .InvalidConnectionState for one that cannot be
  // used.
  virtual OrFailure<Connection> Find(const std::string& name) = 0;
};

// FOLDER/NAME.json, read anew each time, so that rotating a secret is replacing a file.
std::unique_ptr<ConnectionSource> ConnectionsInFolder(std::string folder);

// PAWL_CONNECTION_NAME=JSON, of `environment` as main has it. Names are in upper case there, and
// what is neither letter nor digit is '_'.
std::unique_ptr<ConnectionSource> ConnectionsInEnvironment(
    const std::map<std::string, std::string>& environment);

}  // namespace pawl::http_task
