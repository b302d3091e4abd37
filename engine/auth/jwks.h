// Where the keys of a token provider come from, and when they are read again.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/auth/jwk_set.h"

namespace pawl::auth {

// A key set's text. Thread-safe.
class JwksSource {
 public:
  virtual ~JwksSource() = default;
  // Blocks.
  virtual absl::StatusOr<std::string> Read() = 0;
  // How often to read it when nothing is amiss.
  virtual absl::Duration interval() const = 0;
};

// A file; a change of it counts within a few seconds.
std::unique_ptr<JwksSource> JwksFile(std::string path);

// GET of an https URL: the body of an answer of 200. Follows no redirects, and reaches no address that
// the engine's users may not reach.
using FetchUrl = std::function<absl::StatusOr<std::string>(const std::string& url)>;

// An https URL, or an http one of a loopback address. InvalidArgument for any other: who can answer
// in the provider's place makes tokens.
absl::StatusOr<std::unique_ptr<JwksSource>> JwksUrl(std::string url, FetchUrl fetch);

// The keys as they were read last. Thread-safe.
class Jwks {
 public:
  // Between two reads, whatever asks for them: tokens with key ids that nobody has cannot make the
  // engine ask the provider more often.
  static constexpr absl::Duration kMinInterval = absl::Seconds(30);
  // Keys that could not be read again for so long are not used any more.
  static constexpr absl::Duration kMaxAge = absl::Hours(24);

  explicit Jwks(std::unique_ptr<JwksSource> source);

  // Never block. Null before the first read and beyond kMaxAge.
  std::shared_ptr<const JwkSet> Current(absl::Time now) const;
  // A token names a key that is not there: perhaps it is new.
  void NoteUnknownKey();

  // Reads the source if it is time to; call it every few seconds. Blocks. Errors of the source, and
  // InvalidArgument for a text that is no key set: what was read before goes on to count. Not
  // concurrently with itself.
  absl::Status Refresh(absl::Time now);

 private:
  bool IsDue(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::unique_ptr<JwksSource> source_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const JwkSet> keys_ ABSL_GUARDED_BY(mutex_);
  bool wants_key_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time tried_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time read_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace pawl::auth
