#include "engine/api/check_hello.h"

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/service/limits.h"

namespace pawl::api {

absl::Status CheckHello(const v1::Hello& hello) {
  absl::Status status = service::CheckWorkerName(hello.worker_name());
  if (!status.ok()) return status;
  if (hello.queues_size() > static_cast<int>(service::kMaxQueuesOfWorker)) {
    return aws::MakeError(aws::Error::kValidation,
                          absl::StrCat("a worker serves at most ", service::kMaxQueuesOfWorker,
                                       " queues on one stream, this one ", hello.queues_size()));
  }
  for (const std::string& queue : hello.queues()) {
    status = service::CheckQueue(queue);
    if (!status.ok()) return status;
  }
  if (hello.max_receive_bytes() < 0) {
    return aws::MakeError(aws::Error::kValidation, "max_receive_bytes must not be negative");
  }
  return absl::OkStatus();
}

}  // namespace pawl::api
