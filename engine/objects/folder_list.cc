// Listing a directory tree in the order of keys, a page at a time, in bounded memory.
//
// Keys sort as their bytes do, so a directory takes its place among its siblings as "name/".
#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/objects/folder_files.h"

namespace pawl::objects {
namespace {

constexpr int kMaxFolderDepth = 512;  // a key of 1,024 bytes has no more components

class Lister {
 public:
  Lister(absl::string_view prefix, absl::string_view start_after, size_t max_keys)
      : prefix_(prefix), start_after_(start_after), max_keys_(max_keys) {}

  // `path` is the key prefix of what is in `folder`: "" or "a/b/".
  absl::Status Walk(int folder, const std::string& path, int depth) {
    if (depth > kMaxFolderDepth) return absl::OkStatus();
    std::string last;
    bool is_cut = true;
    while (is_cut && !page_.is_truncated) {
      absl::StatusOr<std::vector<std::string>> names = SmallestNames(folder, path, last, &is_cut);
      if (!names.ok()) return names.status();
      for (const std::string& name : *names) {
        absl::Status status = Visit(folder, path, name, depth);
        if (!status.ok()) return status;
        if (page_.is_truncated) return absl::OkStatus();
      }
      if (!names->empty()) last = names->back();
    }
    return absl::OkStatus();
  }

  ListPage TakePage() && { return std::move(page_); }

 private:
  // Whether a key that is `path`, or begins with it where it ends in '/', can be on this page.
  bool IsWanted(absl::string_view path) const {
    if (!absl::StartsWith(path, prefix_) &&
        !(absl::EndsWith(path, "/") && absl::StartsWith(prefix_, path))) {
      return false;
    }
    return path > start_after_ ||
           (absl::EndsWith(path, "/") && absl::StartsWith(start_after_, path));
  }

  // The smallest wanted names of the directory beyond `after`, at most a page of them; *is_cut
  // tells that there are more.
  absl::StatusOr<std::vector<std::string>> SmallestNames(int folder, const std::string& path,
                                                         const std::string& after, bool* is_cut) {
    const size_t limit = max_keys_ + 1;
    UniqueFd copy(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!copy.is_open()) return ErrnoError("list the folder", path);
    DIR* dir = fdopendir(copy.get());
    if (dir == nullptr) return ErrnoError("list the folder", path);
    copy.release();
    std::vector<std::string> heap;
    *is_cut = false;
    // readdir is safe on a stream that no other thread uses.
    while (const dirent* entry = readdir(dir)) {  // NOLINT(concurrency-mt-unsafe)
      std::string name = entry->d_name;
      if (name == "." || name == ".." || (path.empty() && name == kTemporaryFolder)) continue;
      if (!Classify(folder, *entry, &name)) continue;
      if (name <= after || !IsWanted(path + name)) continue;
      heap.push_back(std::move(name));
      std::push_heap(heap.begin(), heap.end());
      if (heap.size() > limit) {
        std::pop_heap(heap.begin(), heap.end());
        heap.pop_back();
        *is_cut = true;
      }
    }
    closedir(dir);
    std::sort_heap(heap.begin(), heap.end());
    return heap;
  }

  // False for what is neither file nor directory; a directory's name gets its '/'.
  static bool Classify(int folder, const dirent& entry, std::string* name) {
    unsigned char type = entry.d_type;
    if (type == DT_UNKNOWN) {
      struct stat meta = {};
      if (fstatat(folder, entry.d_name, &meta, AT_SYMLINK_NOFOLLOW) != 0) return false;
      type = S_ISDIR(meta.st_mode) ? DT_DIR : S_ISREG(meta.st_mode) ? DT_REG : DT_UNKNOWN;
    }
    if (type == DT_DIR) name->push_back('/');
    return type == DT_DIR || type == DT_REG;
  }

  absl::Status Visit(int folder, const std::string& path, const std::string& name, int depth) {
    if (name.back() == '/') {
      absl::StatusOr<UniqueFd> child =
          OpenFolder(folder, absl::string_view(name).substr(0, name.size() - 1), IfMissing::kFail);
      if (absl::IsNotFound(child.status())) return absl::OkStatus();  // gone meanwhile
      if (!child.ok()) return child.status();
      return Walk(child->get(), path + name, depth + 1);
    }
    struct stat meta = {};
    if (fstatat(folder, name.c_str(), &meta, AT_SYMLINK_NOFOLLOW) != 0) {
      return errno == ENOENT ? absl::OkStatus() : ErrnoError("stat", path + name);
    }
    if (page_.objects.size() == max_keys_) {
      page_.is_truncated = true;
    } else {
      page_.objects.push_back(InfoOf(meta, path + name));
    }
    return absl::OkStatus();
  }

  const absl::string_view prefix_;
  const absl::string_view start_after_;
  const size_t max_keys_;
  ListPage page_;
};

}  // namespace

absl::StatusOr<ListPage> ListFolder(UniqueFd folder, absl::string_view prefix,
                                    absl::string_view start_after, size_t max_keys) {
  Lister lister(prefix, start_after, max_keys);
  absl::Status status = lister.Walk(folder.get(), "", 0);
  if (!status.ok()) return status;
  return std::move(lister).TakePage();
}

}  // namespace pawl::objects
