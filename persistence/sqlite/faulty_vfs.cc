#include "persistence/sqlite/faulty_vfs.h"

namespace pawl::persistence {
namespace {

using Call = FaultyVfs::Call;

// What SQLite sees as a file; the real one lies behind it in the same block.
struct File {
  sqlite3_file base;
  FaultyVfs* disk;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* FileOf(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* RealOf(sqlite3_file* file) { return FileOf(file)->real(); }
const sqlite3_io_methods* MethodsOf(sqlite3_file* file) { return RealOf(file)->pMethods; }
int CodeOf(sqlite3_file* file, Call call) { return FileOf(file)->disk->code(call); }

const sqlite3_io_methods kMethods = {
    3,
    [](sqlite3_file* f) { return MethodsOf(f)->xClose(RealOf(f)); },
    [](sqlite3_file* f, void* to, int count, sqlite3_int64 at) {
      if (const int rc = CodeOf(f, Call::kRead)) return rc;
      return MethodsOf(f)->xRead(RealOf(f), to, count, at);
    },
    [](sqlite3_file* f, const void* from, int count, sqlite3_int64 at) {
      if (const int rc = CodeOf(f, Call::kWrite)) return rc;
      return MethodsOf(f)->xWrite(RealOf(f), from, count, at);
    },
    [](sqlite3_file* f, sqlite3_int64 size) { return MethodsOf(f)->xTruncate(RealOf(f), size); },
    [](sqlite3_file* f, int flags) {
      if (const int rc = CodeOf(f, Call::kSync)) return rc;
      return MethodsOf(f)->xSync(RealOf(f), flags);
    },
    [](sqlite3_file* f, sqlite3_int64* size) { return MethodsOf(f)->xFileSize(RealOf(f), size); },
    [](sqlite3_file* f, int level) { return MethodsOf(f)->xLock(RealOf(f), level); },
    [](sqlite3_file* f, int level) { return MethodsOf(f)->xUnlock(RealOf(f), level); },
    [](sqlite3_file* f, int* out) { return MethodsOf(f)->xCheckReservedLock(RealOf(f), out); },
    [](sqlite3_file* f, int op, void* arg) {
      return MethodsOf(f)->xFileControl(RealOf(f), op, arg);
    },
    [](sqlite3_file* f) { return MethodsOf(f)->xSectorSize(RealOf(f)); },
    [](sqlite3_file* f) { return MethodsOf(f)->xDeviceCharacteristics(RealOf(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return MethodsOf(f)->xShmMap(RealOf(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int count, int flags) {
      return MethodsOf(f)->xShmLock(RealOf(f), offset, count, flags);
    },
    [](sqlite3_file* f) { MethodsOf(f)->xShmBarrier(RealOf(f)); },
    [](sqlite3_file* f, int deletes) { return MethodsOf(f)->xShmUnmap(RealOf(f), deletes); },
    [](sqlite3_file* f, sqlite3_int64 at, int size, void** out) {
      return MethodsOf(f)->xFetch(RealOf(f), at, size, out);
    },
    [](sqlite3_file* f, sqlite3_int64 at, void* page) {
      return MethodsOf(f)->xUnfetch(RealOf(f), at, page);
    },
};

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* const disk = static_cast<FaultyVfs*>(vfs->pAppData);
  file->pMethods = nullptr;
  if (const int rc = disk->code(Call::kOpen)) return rc;
  FileOf(file)->disk = disk;
  const int rc = disk->real()->xOpen(disk->real(), name, RealOf(file), flags, out_flags);
  if (rc == SQLITE_OK) file->pMethods = &kMethods;
  return rc;
}

}  // namespace

FaultyVfs::FaultyVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.zName = "pawl-faulty";
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.xOpen = &Open;
  sqlite3_vfs_register(&vfs_, /*makeDflt=*/1);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, /*makeDflt=*/1);
}

void FaultyVfs::Heal() {
  for (std::atomic<int>& code : codes_) code = SQLITE_OK;
}

}  // namespace pawl::persistence
