// A file system for SQLite, under a store of a test, that fails on demand as a broken, full or
// read-only disk does. Tests run as root, whom rights do not stop.
//
//   FaultyVfs disk;                         // before the store is opened
//   disk.Fail(FaultyVfs::Call::kSync, SQLITE_IOERR_FSYNC);
//   ... commits fail ...
//   disk.Heal();
#pragma once

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <string>

namespace pawl::persistence {

// While it lives it is SQLite's default; one at a time, and it must outlive all connections.
class FaultyVfs {
 public:
  enum class Call { kOpen, kRead, kWrite, kSync };

  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  // From now on `call` fails with `rc`, on every file.
  void Fail(Call call, int rc) { code(call) = rc; }
  void Heal();

  std::atomic<int>& code(Call call) { return codes_[static_cast<size_t>(call)]; }
  sqlite3_vfs* real() { return real_; }

 private:
  sqlite3_vfs* const real_;
  sqlite3_vfs vfs_;
  std::array<std::atomic<int>, 4> codes_{};
};

}  // namespace pawl::persistence
