#include "engine/runtime/options.h"

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"

namespace pawl::runtime {

void SetAwsLimits(Options* options) {
  constexpr size_t kKiB = 1024;
  options->has_aws_limits = true;
  options->max_input_bytes = options->limits.max_payload_bytes = 256 * kKiB;
  options->limits.max_history_events = 25'000;
  options->limits.max_inline_concurrency = 40;
  options->limits.max_map_concurrency = 10'000;
  options->limits.max_assign_bytes = 256 * kKiB;
  options->limits.max_variables_bytes = 10 * kKiB * kKiB;
  options->limits.max_express_duration = absl::Minutes(5);
  options->compile.max_definition_bytes = kKiB * kKiB;
}

absl::Status CheckInputSize(size_t bytes, const Options& options) {
  if (bytes <= options.max_input_bytes) return absl::OkStatus();
  if (options.has_aws_limits) return TooLong("input", options.max_input_bytes);
  return aws::MakeError(
      aws::Error::kInvalidExecutionInput,
      absl::StrCat("Invalid Execution Input: it has ", bytes, " bytes, more than the limit of ",
                   options.max_input_bytes, " (flag --max-payload-bytes)"));
}

absl::Status TooLong(absl::string_view member, size_t limit) {
  return aws::MakeError(
      aws::Error::kValidation,
      absl::StrCat("1 validation error detected: Value at '", std::string(member),
                   "' failed to satisfy constraint: Member must have length less than or equal to ",
                   limit));
}

}  // namespace pawl::runtime
