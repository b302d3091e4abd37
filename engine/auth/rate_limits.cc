#include "engine/auth/rate_limits.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/auth/actions.h"
#include "engine/aws/error.h"

namespace pawl::auth {
namespace {

constexpr double kMaxRate = 1e6;

struct AwsRate {
  const char* operation;
  Rate rate;
};

constexpr AwsRate kAwsRates[] = {
    {"CreateActivity", {100, 1}},
    {"CreateStateMachine", {100, 1}},
    {"CreateStateMachineAlias", {100, 1}},
    {"DeleteActivity", {100, 1}},
    {"DeleteStateMachine", {100, 1}},
    {"DeleteStateMachineAlias", {100, 1}},
    {"DeleteStateMachineVersion", {100, 1}},
    {"DescribeActivity", {200, 1}},
    {"DescribeExecution", {300, 15}},
    {"DescribeMapRun", {200, 1}},
    {"DescribeStateMachine", {200, 20}},
    {"DescribeStateMachineAlias", {200, 1}},
    {"DescribeStateMachineForExecution", {200, 1}},
    {"GetActivityTask", {3000, 500}},
    {"GetExecutionHistory", {400, 20}},
    {"ListActivities", {100, 10}},
    {"ListExecutions", {200, 5}},
    {"ListMapRuns", {100, 1}},
    {"ListStateMachineAliases", {100, 1}},
    {"ListStateMachineVersions", {100, 1}},
    {"ListStateMachines", {100, 5}},
    {"ListTagsForResource", {100, 1}},
    {"PublishStateMachineVersion", {100, 1}},
    {"RedriveExecution", {1300, 300}},
    {"SendTaskFailure", {3000, 500}},
    {"SendTaskHeartbeat", {3000, 500}},
    {"SendTaskSuccess", {3000, 500}},
    {"StartExecution", {1300, 300}},
    {"StopExecution", {1000, 200}},
    {"TagResource", {200, 1}},
    {"TestState", {50, 10}},
    {"UntagResource", {200, 1}},
    {"UpdateMapRun", {100, 1}},
    {"UpdateStateMachine", {100, 1}},
    {"UpdateStateMachineAlias", {100, 1}},
};

absl::Status WrongRate() {
  return absl::InvalidArgumentError(
      "OPERATION=BURST/PER_SECOND with numbers above 0 and up to 1000000, as in "
      "StartExecution=1300/300; * is every operation without a rate of its own");
}

// The operation whose tokens it takes.
absl::string_view BucketName(absl::string_view operation) {
  const Action* action = FindAction(operation);
  if (action == nullptr || action->equivalent.empty()) return operation;
  return action->equivalent.substr(action->equivalent.find(':') + 1);
}

}  // namespace

RateLimits::Settings RateLimits::Aws() {
  Settings settings;
  for (const AwsRate& rate : kAwsRates) settings.operations[rate.operation] = rate.rate;
  return settings;
}

absl::Status RateLimits::Add(absl::string_view text, Settings* settings) {
  const std::pair<absl::string_view, absl::string_view> sides =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  const std::pair<absl::string_view, absl::string_view> numbers =
      absl::StrSplit(sides.second, absl::MaxSplits('/', 1));
  Rate rate;
  if (!absl::SimpleAtod(numbers.first, &rate.burst) ||
      !absl::SimpleAtod(numbers.second, &rate.per_second)) {
    return WrongRate();
  }
  // Written so that what is no number is refused too.
  const bool is_in_range = rate.burst >= 1 && rate.burst <= kMaxRate && rate.per_second > 0 &&
                           rate.per_second <= kMaxRate;
  if (!is_in_range) return WrongRate();
  if (sides.first == "*") {
    settings->others = rate;
    return absl::OkStatus();
  }
  if (FindAction(sides.first) == nullptr) return WrongRate();
  settings->operations[BucketName(sides.first)] = rate;
  return absl::OkStatus();
}

RateLimits::RateLimits(Settings settings) : settings_(std::move(settings)) {}

const Rate* RateLimits::RateOf(absl::string_view operation) const {
  const auto found = settings_.operations.find(operation);
  if (found != settings_.operations.end()) return &found->second;
  return settings_.others.has_value() ? &*settings_.others : nullptr;
}

RateLimits::Bucket& RateLimits::BucketOf(std::string key, const Rate& rate, absl::Duration steady) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
    return buckets_.front();
  }
  if (buckets_.size() >= std::max<size_t>(settings_.max_buckets, 1)) {
    by_key_.erase(buckets_.back().key);
    buckets_.pop_back();
  }
  buckets_.push_front({std::move(key), rate.burst, steady});
  by_key_[buckets_.front().key] = buckets_.begin();
  return buckets_.front();
}

absl::Status RateLimits::Take(const Principal& principal, absl::string_view operation,
                              absl::Duration steady) {
  const absl::string_view name = BucketName(operation);
  const Rate* rate = RateOf(name);
  if (rate == nullptr) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  Bucket& bucket =
      BucketOf(absl::StrCat(principal.ns, "\n", principal.name, "\n", name), *rate, steady);
  // Threads may come in another order than they took the time.
  const absl::Duration passed = std::max(steady - bucket.filled, absl::ZeroDuration());
  bucket.filled = std::max(bucket.filled, steady);
  bucket.tokens =
      std::min(rate->burst, bucket.tokens + absl::ToDoubleSeconds(passed) * rate->per_second);
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return absl::OkStatus();
  }
  const absl::Duration until_next = absl::Seconds((1 - bucket.tokens) / rate->per_second);
  return aws::WithRetryAfter(aws::MakeError(aws::Error::kThrottling, "Rate exceeded"),
                             absl::Ceil(until_next, absl::Milliseconds(1)));
}

}  // namespace pawl::auth
