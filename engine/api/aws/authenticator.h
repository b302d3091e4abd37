// Who is asking: the first check of every request.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "engine/http/server.h"
#include "engine/service/call.h"

namespace pawl::api::aws_json {

// Thread-safe; must not block.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // The caller's namespace and principal. Errors are AWS's: AccessDeniedException and its like.
  virtual absl::StatusOr<service::CallContext> Authenticate(const http::Request& request) const = 0;
};

// Takes everybody for an anonymous caller in one namespace, whatever credentials a client signs
// with: AWS's SDKs always sign.
class AnyoneAuthenticator final : public Authenticator {
 public:
  explicit AnyoneAuthenticator(std::string ns) : ns_(std::move(ns)) {}
  absl::StatusOr<service::CallContext> Authenticate(const http::Request&) const override {
    service::CallContext context;
    context.ns = ns_;
    return context;
  }

 private:
  const std::string ns_;
};

}  // namespace pawl::api::aws_json
