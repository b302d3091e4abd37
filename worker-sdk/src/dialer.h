// Makes channels to engines and credentials for calls as ConnectOptions say. Internal to the SDK.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pawl/connect.h"

namespace pawl::sdk {

// Thread-safe.
class Dialer {
 public:
  explicit Dialer(ConnectOptions options);

  // InvalidArgument: the options contradict each other, or a file of theirs cannot be read.
  absl::Status Check() const;
  // Reads the TLS files; does not wait for a connection. Errors as Check.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Dial(const std::string& address,
                                                      grpc::ChannelArguments arguments) const;
  // Adds the token, which is read anew, and the namespace. Errors as Check.
  absl::Status Authorize(grpc::ClientContext* context) const;

  const ConnectOptions& options() const { return options_; }

 private:
  // "" where there is none.
  absl::StatusOr<std::string> Token() const;
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials() const;

  const ConnectOptions options_;
};

}  // namespace pawl::sdk
