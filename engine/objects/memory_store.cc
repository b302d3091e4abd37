#include "engine/objects/memory_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::objects {

class MemoryStore::Reader final : public ObjectReader {
 public:
  Reader(const MemoryStore* store, Object object, size_t position)
      : store_(store), object_(std::move(object)), position_(position) {}

  absl::StatusOr<std::string> Read(size_t max_bytes) override {
    absl::Status fault = store_->FaultAt(bytes_read_);
    if (!fault.ok()) return fault;
    if (position_ >= object_.body->size()) return std::string();
    std::string bytes = object_.body->substr(position_, max_bytes);
    position_ += bytes.size();
    bytes_read_ += static_cast<int64_t>(bytes.size());
    return bytes;
  }
  const std::string& etag() const override { return object_.info.etag; }

 private:
  const MemoryStore* store_;
  Object object_;
  size_t position_;
  int64_t bytes_read_ = 0;
};

class MemoryStore::Writer final : public ObjectWriter {
 public:
  Writer(MemoryStore* store, absl::string_view bucket, absl::string_view key)
      : store_(store), bucket_(bucket), key_(key) {}

  absl::Status Append(absl::string_view bytes) override {
    absl::StrAppend(&body_, bytes);
    return absl::OkStatus();
  }
  absl::Status Finish() override {
    store_->Put(bucket_, key_, body_);
    return absl::OkStatus();
  }

 private:
  MemoryStore* store_;
  std::string bucket_;
  std::string key_;
  std::string body_;
};

void MemoryStore::CreateBucket(absl::string_view bucket) {
  absl::MutexLock lock(&mutex_);
  buckets_[std::string(bucket)];
}

void MemoryStore::Put(absl::string_view bucket, absl::string_view key, absl::string_view body) {
  absl::MutexLock lock(&mutex_);
  Object& object = buckets_[std::string(bucket)][std::string(key)];
  object.body = std::make_shared<const std::string>(body);
  object.info.key = std::string(key);
  object.info.size_bytes = static_cast<int64_t>(body.size());
  object.info.etag = absl::StrCat("\"", ++version_, "\"");
  object.info.last_modified = now_;
}

absl::StatusOr<std::string> MemoryStore::Get(absl::string_view bucket,
                                             absl::string_view key) const {
  absl::StatusOr<Object> object = Find(bucket, key);
  if (!object.ok()) return object.status();
  return *object->body;
}

void MemoryStore::FailReads(absl::Status fault, int64_t after_bytes) {
  absl::MutexLock lock(&mutex_);
  fault_ = std::move(fault);
  fault_after_bytes_ = after_bytes;
}

absl::Status MemoryStore::FaultAt(int64_t bytes_read) const {
  absl::MutexLock lock(&mutex_);
  return bytes_read >= fault_after_bytes_ ? fault_ : absl::OkStatus();
}

absl::StatusOr<MemoryStore::Object> MemoryStore::Find(absl::string_view bucket,
                                                      absl::string_view key) const {
  absl::MutexLock lock(&mutex_);
  const auto in_bucket = buckets_.find(bucket);
  if (in_bucket == buckets_.end()) return NoSuchBucketError(bucket);
  const auto object = in_bucket->second.find(key);
  if (object == in_bucket->second.end()) return NoSuchKeyError(bucket, key);
  return object->second;
}

absl::StatusOr<std::unique_ptr<ObjectReader>> MemoryStore::Open(absl::string_view bucket,
                                                                absl::string_view key,
                                                                int64_t offset_bytes) {
  absl::StatusOr<Object> object = Find(bucket, key);
  if (!object.ok()) return object.status();
  return std::unique_ptr<ObjectReader>(
      std::make_unique<Reader>(this, *std::move(object), static_cast<size_t>(offset_bytes)));
}

absl::StatusOr<ObjectInfo> MemoryStore::Stat(absl::string_view bucket, absl::string_view key) {
  absl::StatusOr<Object> object = Find(bucket, key);
  if (!object.ok()) return object.status();
  return object->info;
}

absl::StatusOr<ListPage> MemoryStore::List(absl::string_view bucket, absl::string_view prefix,
                                           absl::string_view start_after, int max_keys) {
  absl::MutexLock lock(&mutex_);
  const auto in_bucket = buckets_.find(bucket);
  if (in_bucket == buckets_.end()) return NoSuchBucketError(bucket);
  const Bucket& objects = in_bucket->second;
  auto next = std::max(prefix, start_after) == prefix ? objects.lower_bound(prefix)
                                                      : objects.upper_bound(start_after);
  if (next != objects.end() && next->first == start_after) ++next;
  ListPage page;
  for (; next != objects.end() && absl::StartsWith(next->first, prefix); ++next) {
    if (page.objects.size() == static_cast<size_t>(max_keys)) {
      page.is_truncated = true;
      break;
    }
    page.objects.push_back(next->second.info);
  }
  return page;
}

absl::StatusOr<std::unique_ptr<ObjectWriter>> MemoryStore::Create(absl::string_view bucket,
                                                                  absl::string_view key) {
  absl::MutexLock lock(&mutex_);
  if (buckets_.find(bucket) == buckets_.end()) return NoSuchBucketError(bucket);
  return std::unique_ptr<ObjectWriter>(std::make_unique<Writer>(this, bucket, key));
}

}  // namespace pawl::objects
