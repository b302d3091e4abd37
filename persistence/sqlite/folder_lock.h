// The data folder and the lock that keeps a second engine out of it. The lock is flock() on the
// file `pawl.lock`, so it ends with the process however that ends; the file's content is the
// holder's pid.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace pawl::persistence {

class FolderLock {
 public:
  // Creates the folder (0700) where it is missing, and closes an existing one to other users where
  // it holds nothing but Pawl's files. FailedPrecondition, naming the folder and the
  // holder's pid, where another process has it; Unavailable where the folder cannot be used.
  static absl::StatusOr<std::unique_ptr<FolderLock>> Acquire(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // Makes `name` in the folder an empty file (0600) where it is missing, and closes it and SQLite's
  // files beside it to other users where they exist.
  absl::Status ProtectDatabase(const std::string& name) const;
  // Whether the last holder ended without MarkClean (a pid was left in the file).
  bool was_unclean() const { return was_unclean_; }
  // Call when everything is closed in good order.
  void MarkClean();

 private:
  FolderLock(std::string folder, int fd, bool was_unclean)
      : folder_(std::move(folder)), fd_(fd), was_unclean_(was_unclean) {}

  const std::string folder_;
  const int fd_;
  const bool was_unclean_;
};

}  // namespace pawl::persistence
