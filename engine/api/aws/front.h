// The API of AWS Step Functions over HTTP: AWS JSON 1.0, one operation a request, named by the
// header X-Amz-Target. What any AWS client speaks.
//
//   Front front(&service);
//   http::Server::Start(listen, options, [&front](http::Request request, http::Respond respond) {
//     front.Handle(std::move(request), std::move(respond));
//   });
//
// Checks come in AWS's order: who is asking, whether there is such an operation, JSON and types,
// the API model's constraints, then those of the operation itself.
#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/api/aws/model.h"
#include "engine/expr/expression.h"
#include "engine/http/server.h"
#include "engine/service/service.h"

namespace pawl::api::aws_json {

// Thread-safe. Never blocks.
class Front {
 public:
  // `service` outlives the front and the calls that are under way.
  explicit Front(service::Service* service);

  void Handle(http::Request request, http::Respond respond);

  // Whether the request is one of this API, rather than of another one on the same server.
  static bool IsFor(const http::Request& request);

 private:
  void Dispatch(const http::Request& request, const std::string& request_id, http::Respond respond);
  std::string NewRequestId();

  service::Service* const service_;
  const Model model_;
  absl::Mutex mutex_;
  expr::RandomSource random_ ABSL_GUARDED_BY(mutex_);
};

// What is answered while there is no front, because the store is still being opened. The id of the
// request is drawn from `seed`.
http::Response NotServing(const std::string& why, uint64_t seed);

}  // namespace pawl::api::aws_json
