#include "engine/objects/s3_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "engine/objects/s3/answers.h"
#include "engine/objects/s3/xml.h"

namespace pawl::objects {
namespace {

constexpr int kMaxListKeys = 1000;  // S3's own limit
constexpr int64_t kMaxParts = 10000;

absl::Status CheckNames(absl::string_view bucket, absl::string_view key) {
  bool is_ok = bucket.size() >= 3 && bucket.size() <= 63 && key.size() <= 1024;
  for (char c : bucket) {
    is_ok = is_ok && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' ||
                      c == '_');
  }
  if (is_ok && bucket != "..." && !absl::StartsWith(bucket, ".")) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("S3 has no bucket \"", bucket, "\" or no key of ", key.size(), " bytes"));
}

}  // namespace

// Reads ahead a chunk at a time, all of the version of the object that the first chunk was of.
class S3Store::Reader final : public ObjectReader {
 public:
  Reader(S3Store* store, absl::string_view bucket, absl::string_view key, int64_t offset)
      : store_(store), bucket_(bucket), key_(key), offset_(offset) {}

  absl::Status Start() {
    absl::Status status = Fetch();
    if (!status.ok() || !etag_.empty()) return status;
    absl::StatusOr<ObjectInfo> info = store_->Stat(bucket_, key_);  // the offset is beyond the end
    if (!info.ok()) return info.status();
    etag_ = info->etag;
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read(size_t max_bytes) override {
    if (position_ == chunk_.size() && !is_last_) {
      absl::Status status = Fetch();
      if (!status.ok()) return status;
    }
    std::string bytes = chunk_.substr(position_, max_bytes);
    position_ += bytes.size();
    return bytes;
  }
  const std::string& etag() const override { return etag_; }

 private:
  absl::Status Fetch() {
    const auto chunk_bytes = static_cast<int64_t>(store_->options_.read_chunk_bytes);
    Call call;
    call.method = "GET";
    call.bucket = bucket_;
    call.key = key_;
    call.headers["range"] = absl::StrCat("bytes=", offset_, "-", offset_ + chunk_bytes - 1);
    if (!etag_.empty()) call.headers["if-match"] = etag_;
    call.max_response_bytes = store_->options_.read_chunk_bytes + size_t{64} * 1024;
    absl::StatusOr<s3::HttpResponse> answer = store_->Send(call);
    if (!answer.ok()) return answer.status();
    position_ = 0;
    chunk_.clear();
    if (answer->status == 416) {
      is_last_ = true;
      return absl::OkStatus();
    }
    if (answer->status == 200 && offset_ != 0) {
      return absl::InternalError(absl::StrCat("the store does not serve ranges: ", bucket_));
    }
    chunk_ = std::move(answer->body);
    etag_ = answer->headers["etag"];
    offset_ += static_cast<int64_t>(chunk_.size());
    is_last_ = answer->status == 200 || chunk_.empty() ||
               offset_ >= s3::TotalOfContentRange(answer->headers["content-range"]);
    return absl::OkStatus();
  }

  S3Store* const store_;
  const std::string bucket_;
  const std::string key_;
  int64_t offset_;  // behind chunk_
  std::string etag_;
  std::string chunk_;
  size_t position_ = 0;
  bool is_last_ = false;
};

class S3Store::Writer final : public ObjectWriter {
 public:
  Writer(S3Store* store, absl::string_view bucket, absl::string_view key)
      : store_(store), bucket_(bucket), key_(key) {}
  ~Writer() override { Abort(); }

  absl::Status Append(absl::string_view bytes) override {
    const size_t part_bytes = store_->options_.part_bytes;
    while (!bytes.empty()) {
      if (buffer_.size() == part_bytes) {
        absl::Status status = SendPart();
        if (!status.ok()) return status;
      }
      const size_t n = std::min(bytes.size(), part_bytes - buffer_.size());
      buffer_.append(bytes.data(), n);
      bytes.remove_prefix(n);
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    if (upload_id_.empty()) {
      Call call = NewCall("PUT");
      call.body = buffer_;
      return store_->Send(call).status();
    }
    absl::Status status = SendPart();
    return status.ok() ? Complete() : status;
  }

 private:
  Call NewCall(const char* method) const {
    Call call;
    call.method = method;
    call.bucket = bucket_;
    call.key = key_;
    return call;
  }

  absl::Status Begin() {
    Call call = NewCall("POST");
    call.query["uploads"] = "";
    absl::StatusOr<s3::HttpResponse> answer = store_->Send(call);
    if (!answer.ok()) return answer.status();
    absl::StatusOr<s3::XmlElement> result = s3::ParseXml(answer->body);
    if (result.ok()) upload_id_ = std::string(result->ChildText("UploadId"));
    if (!upload_id_.empty()) return absl::OkStatus();
    return absl::InternalError(absl::StrCat("no UploadId for ", bucket_, "/", key_));
  }

  absl::Status SendPart() {
    if (upload_id_.empty()) {
      absl::Status status = Begin();
      if (!status.ok()) return status;
    }
    if (static_cast<int64_t>(part_etags_.size()) == kMaxParts) {
      return absl::ResourceExhaustedError(absl::StrCat(bucket_, "/", key_, " needs more than ",
                                                       kMaxParts, " parts: make the parts larger"));
    }
    Call call = NewCall("PUT");
    call.query["partNumber"] = absl::StrCat(part_etags_.size() + 1);
    call.query["uploadId"] = upload_id_;
    call.body = buffer_;
    absl::StatusOr<s3::HttpResponse> answer = store_->Send(call);
    if (!answer.ok()) return answer.status();
    part_etags_.push_back(answer->headers["etag"]);
    sent_bytes_ += static_cast<int64_t>(buffer_.size());
    buffer_.clear();
    return absl::OkStatus();
  }

  absl::Status Complete() {
    std::string body = "<CompleteMultipartUpload>";
    for (size_t i = 0; i < part_etags_.size(); ++i) {
      absl::StrAppend(&body, "<Part><PartNumber>", i + 1, "</PartNumber><ETag>",
                      s3::EscapeXml(part_etags_[i]), "</ETag></Part>");
    }
    body += "</CompleteMultipartUpload>";
    Call call = NewCall("POST");
    call.query["uploadId"] = upload_id_;
    call.body = body;
    absl::StatusOr<s3::HttpResponse> answer = store_->Send(call);
    if (answer.ok()) {
      absl::Status within = s3::ErrorWithin(answer->body, bucket_, key_);
      if (!within.ok()) return within;
    } else if (!WasCompletedBefore(answer.status())) {
      return answer.status();
    }
    upload_id_.clear();
    return absl::OkStatus();
  }

  // A try that got no answer may have done it: then the upload is gone and the object is there.
  bool WasCompletedBefore(const absl::Status& status) {
    if (!absl::IsNotFound(status)) return false;
    absl::StatusOr<ObjectInfo> info = store_->Stat(bucket_, key_);
    return info.ok() && info->size_bytes == sent_bytes_;
  }

  void Abort() {
    if (upload_id_.empty()) return;
    Call call = NewCall("DELETE");
    call.query["uploadId"] = upload_id_;
    call.max_attempts = 1;
    store_->Send(call).IgnoreError();
  }

  S3Store* const store_;
  const std::string bucket_;
  const std::string key_;
  std::string buffer_;
  std::string upload_id_;  // empty: no multipart upload is open
  std::vector<std::string> part_etags_;
  int64_t sent_bytes_ = 0;
};

S3Store::S3Store(S3Options options)
    : options_(std::move(options)), client_(options_.connect_timeout, options_.request_timeout) {}

absl::StatusOr<std::unique_ptr<S3Store>> S3Store::Open(S3Options options) {
  absl::string_view rest = options.endpoint;
  std::string scheme = "https://";
  if (absl::ConsumePrefix(&rest, "http://")) {
    scheme = "http://";
  } else if (!absl::ConsumePrefix(&rest, "https://")) {
    rest = "";
  }
  absl::ConsumeSuffix(&rest, "/");
  const size_t slash = std::min(rest.find('/'), rest.size());
  const std::string authority(rest.substr(0, slash));
  if (authority.empty() || absl::StrContains(authority, "@") || absl::StrContains(rest, "?")) {
    return absl::InvalidArgumentError(
        absl::StrCat("the S3 endpoint must be like https://host[:port], not ", options.endpoint));
  }
  if (options.credentials.access_key_id.empty() || options.credentials.secret_access_key.empty()) {
    return absl::InvalidArgumentError("an S3 store needs an access key id and a secret key");
  }
  const std::string base_path = s3::UriEncode(rest.substr(slash), true);
  auto store = std::unique_ptr<S3Store>(new S3Store(std::move(options)));
  store->scheme_ = scheme;
  store->authority_ = authority;
  store->base_path_ = base_path;
  return store;
}

s3::HttpRequest S3Store::Sign(const Call& call) const {
  const absl::Time now = options_.now();
  s3::RequestToSign to_sign;
  to_sign.method = call.method;
  to_sign.query = call.query;
  to_sign.headers = call.headers;
  to_sign.payload_sha256 = s3::Sha256Hex(call.body);
  const std::string host =
      options_.is_path_style ? authority_ : absl::StrCat(call.bucket, ".", authority_);
  to_sign.path = absl::StrCat(base_path_, "/");
  if (options_.is_path_style) absl::StrAppend(&to_sign.path, call.bucket);
  if (!call.key.empty()) {
    if (options_.is_path_style) to_sign.path.push_back('/');
    to_sign.path += s3::UriEncode(call.key, true);
  }
  to_sign.headers["host"] = host;
  to_sign.headers["x-amz-date"] = s3::AmzDate(now);
  to_sign.headers["x-amz-content-sha256"] = to_sign.payload_sha256;
  if (!options_.credentials.session_token.empty()) {
    to_sign.headers["x-amz-security-token"] = options_.credentials.session_token;
  }
  s3::HttpRequest request;
  request.method = call.method;
  request.body = call.body;
  const std::string query = s3::EncodeQuery(call.query);
  request.url = absl::StrCat(scheme_, host, to_sign.path, query.empty() ? "" : "?", query);
  for (const auto& [name, value] : to_sign.headers) {
    request.headers.push_back(absl::StrCat(name, ": ", value));
  }
  request.headers.push_back("content-type: application/octet-stream");
  request.headers.push_back(
      absl::StrCat("authorization: ",
                   s3::Authorization(to_sign, options_.region, "s3", options_.credentials, now)));
  return request;
}

absl::StatusOr<s3::HttpResponse> S3Store::Send(const Call& call) {
  const int max_attempts = call.max_attempts > 0 ? call.max_attempts : options_.max_attempts;
  absl::Duration pause = options_.first_pause;
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<s3::HttpResponse> answer = client_.Send(Sign(call), call.max_response_bytes);
    absl::Status status;
    if (!answer.ok()) {
      status = absl::Status(answer.status().code(),
                            absl::StrCat("S3 ", call.method, " ", call.bucket, "/", call.key, ": ",
                                         answer.status().message()));
    } else if (answer->status / 100 == 2 || answer->status == 416) {
      return answer;
    } else {
      status = s3::ErrorOf(*answer, call.method, call.bucket, call.key);
    }
    if (!absl::IsUnavailable(status) || attempt >= max_attempts) return status;
    options_.sleep(pause);
    pause *= 2;
  }
}

absl::StatusOr<std::unique_ptr<ObjectReader>> S3Store::Open(absl::string_view bucket,
                                                            absl::string_view key,
                                                            int64_t offset_bytes) {
  absl::Status names = CheckNames(bucket, key);
  if (!names.ok()) return names;
  auto reader = std::make_unique<Reader>(this, bucket, key, offset_bytes);
  absl::Status status = reader->Start();
  if (!status.ok()) return status;
  return std::unique_ptr<ObjectReader>(std::move(reader));
}

absl::StatusOr<ObjectInfo> S3Store::Stat(absl::string_view bucket, absl::string_view key) {
  absl::Status names = CheckNames(bucket, key);
  if (!names.ok()) return names;
  Call call;
  call.method = "HEAD";
  call.bucket = bucket;
  call.key = key;
  absl::StatusOr<s3::HttpResponse> answer = Send(call);
  if (!answer.ok()) return answer.status();
  return s3::InfoOfHeaders(answer->headers, key);
}

absl::StatusOr<ListPage> S3Store::List(absl::string_view bucket, absl::string_view prefix,
                                       absl::string_view start_after, int max_keys) {
  absl::Status names = CheckNames(bucket, prefix);
  if (!names.ok()) return names;
  Call call;
  call.method = "GET";
  call.bucket = bucket;
  call.query = {{"list-type", "2"},
                {"encoding-type", "url"},
                {"max-keys", absl::StrCat(std::min(max_keys, kMaxListKeys))},
                {"prefix", std::string(prefix)}};
  if (!start_after.empty()) call.query["start-after"] = std::string(start_after);
  absl::StatusOr<s3::HttpResponse> answer = Send(call);
  if (!answer.ok()) return answer.status();
  return s3::ParseList(answer->body);
}

absl::StatusOr<std::unique_ptr<ObjectWriter>> S3Store::Create(absl::string_view bucket,
                                                              absl::string_view key) {
  absl::Status names = CheckNames(bucket, key);
  if (!names.ok()) return names;
  return std::unique_ptr<ObjectWriter>(std::make_unique<Writer>(this, bucket, key));
}

}  // namespace pawl::objects
