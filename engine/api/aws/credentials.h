// What a request over HTTP shows of its caller. Internal to the fronts.
#pragma once

#include "engine/auth/authenticator.h"
#include "engine/http/server.h"

namespace pawl::api::aws_json {

// Views of `request`, which outlives them.
inline auth::Credentials CredentialsOf(const http::Request& request) {
  return auth::OfHttp({request.method, request.path, request.query, request.headers, request.body},
                      request.certificate_subject);
}

}  // namespace pawl::api::aws_json
