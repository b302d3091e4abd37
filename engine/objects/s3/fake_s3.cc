#include "engine/objects/s3/fake_s3.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/objects/s3/sigv4.h"
#include "engine/objects/s3/xml.h"

namespace pawl::objects::s3 {

struct FakeS3::Request {
  std::string method, raw_path, bucket, key, body;
  std::map<std::string, std::string> query, headers;
};

struct FakeS3::Answer {
  int status = 200;
  std::string body;
  std::vector<std::string> headers;
};

namespace {

std::string Decode(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t byte = 0;
    if (text[i] == '%' && absl::SimpleHexAtoi(text.substr(i + 1, 2), &byte)) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string Etag(int version) { return absl::StrCat("\"v", version, "\""); }

}  // namespace

FakeS3::FakeS3()
    : server_([this](const support::HttpRequest& request) { return Handle(request); }) {}

std::string FakeS3::endpoint() const { return absl::StrCat("http://127.0.0.1:", server_.port()); }

void FakeS3::Reset() {
  absl::MutexLock lock(&mutex_);
  buckets_.clear();
  uploads_.clear();
  faults_.clear();
}

void FakeS3::Put(const std::string& bucket, const std::string& key, const std::string& body) {
  absl::MutexLock lock(&mutex_);
  buckets_[bucket][key] = {body, ++versions_};
}

std::string FakeS3::Get(const std::string& bucket, const std::string& key) const {
  absl::MutexLock lock(&mutex_);
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end() || found->second.count(key) == 0) return "(none)";
  return found->second.at(key).body;
}

void FakeS3::Fault(const std::string& method, std::vector<int> statuses) {
  absl::MutexLock lock(&mutex_);
  fault_method_ = method;
  faults_ = std::move(statuses);
}

int FakeS3::requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

int FakeS3::open_uploads() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(uploads_.size());
}

std::string FakeS3::Handle(const support::HttpRequest& got) {
  const Request request = ReadRequest(got);
  const Answer answer = IsSigned(request)
                            ? Serve(request)
                            : Answer{403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", {}};
  if (answer.status == 0) return "";
  std::string text = absl::StrCat("HTTP/1.1 ", answer.status, " Status\r\nConnection: close\r\n");
  for (const std::string& header : answer.headers) absl::StrAppend(&text, header, "\r\n");
  if (request.method == "HEAD") return text + "\r\n";
  absl::StrAppend(&text, "Content-Length: ", answer.body.size(), "\r\n\r\n", answer.body);
  return text;
}

FakeS3::Request FakeS3::ReadRequest(const support::HttpRequest& got) {
  Request request;
  request.method = got.method;
  request.headers = got.headers;
  request.body = got.body;
  const std::pair<std::string, std::string> target =
      absl::StrSplit(got.target, absl::MaxSplits('?', 1));
  request.raw_path = target.first;
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(request.raw_path).substr(1), absl::MaxSplits('/', 1));
  request.bucket = Decode(parts[0]);
  if (parts.size() > 1) request.key = Decode(parts[1]);
  for (absl::string_view pair : absl::StrSplit(target.second, '&', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> split = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    request.query[Decode(split.first)] = Decode(split.second);
  }
  return request;
}

bool FakeS3::IsSigned(const Request& request) {
  RequestToSign to_sign;
  to_sign.method = request.method;
  to_sign.path = request.raw_path;
  to_sign.query = request.query;
  to_sign.payload_sha256 = Sha256Hex(request.body);
  const auto authorization = request.headers.find("authorization");
  const auto date = request.headers.find("x-amz-date");
  if (authorization == request.headers.end() || date == request.headers.end()) return false;
  const std::vector<std::string> parts = absl::StrSplit(authorization->second, "SignedHeaders=");
  if (parts.size() != 2) return false;
  const std::string names = parts[1].substr(0, parts[1].find(','));
  const std::vector<std::string> signed_names = absl::StrSplit(names, ';');
  for (const std::string& name : signed_names) {
    to_sign.headers[name] = request.headers.at(name);
  }
  for (const char* needed : {"host", "x-amz-date", "x-amz-content-sha256"}) {
    if (to_sign.headers.count(needed) == 0) return false;
  }
  absl::Time time;
  std::string ignored;
  if (!absl::ParseTime("%E4Y%m%dT%H%M%SZ", date->second, &time, &ignored)) return false;
  return to_sign.headers["x-amz-content-sha256"] == to_sign.payload_sha256 &&
         authorization->second ==
             Authorization(to_sign, "us-east-1", "s3", {kAccessKey, kSecretKey, ""}, time);
}

FakeS3::Answer FakeS3::Serve(const Request& request) {
  absl::MutexLock lock(&mutex_);
  ++requests_;
  int fault = 200;
  if (!faults_.empty() && (fault_method_.empty() || fault_method_ == request.method)) {
    fault = faults_.front();
    faults_.erase(faults_.begin());
    if (fault != 0) return {fault, "<Error><Code>Faked</Code></Error>", {}};
  }
  Answer answer;
  if (buckets_.count(request.bucket) == 0) {
    answer = {404, "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code></Error>", {}};
  } else if (request.key.empty()) {
    answer = ServeList(request);
  } else if (request.query.count("uploads") + request.query.count("uploadId") > 0) {
    answer = ServeUpload(request);
  } else {
    answer = ServeObject(request);
  }
  if (fault == 0) answer.status = 0;
  return answer;
}

FakeS3::Answer FakeS3::ServeObject(const Request& request) {
  std::map<std::string, Object>& objects = buckets_[request.bucket];
  if (request.method == "PUT") {
    objects[request.key] = {request.body, ++versions_};
    return {};
  }
  const auto found = objects.find(request.key);
  if (found == objects.end()) return {404, "<Error><Code>NoSuchKey</Code></Error>", {}};
  const Object& object = found->second;
  Answer answer;
  answer.headers = {absl::StrCat("ETag: ", Etag(object.version)),
                    "Last-Modified: Wed, 12 Oct 2022 17:50:00 GMT"};
  if (request.method == "HEAD") {
    answer.headers.push_back(absl::StrCat("Content-Length: ", object.body.size()));
    return answer;
  }
  const auto if_match = request.headers.find("if-match");
  if (if_match != request.headers.end() && if_match->second != Etag(object.version)) {
    return {412, "<Error><Code>PreconditionFailed</Code></Error>", {}};
  }
  size_t first = 0;
  size_t last = 0;
  const std::string range = request.headers.at("range");
  const std::vector<std::string> ends = absl::StrSplit(range.substr(6), '-');
  if (!absl::SimpleAtoi(ends[0], &first) || !absl::SimpleAtoi(ends[1], &last)) return {400, "", {}};
  if (first >= object.body.size()) return {416, "<Error><Code>InvalidRange</Code></Error>", {}};
  answer.status = 206;
  answer.body = object.body.substr(first, last - first + 1);
  answer.headers.push_back(absl::StrCat("Content-Range: bytes ", first, "-",
                                        first + answer.body.size() - 1, "/", object.body.size()));
  return answer;
}

FakeS3::Answer FakeS3::ServeList(const Request& request) {
  const std::string prefix = request.query.at("prefix");
  const auto after = request.query.find("start-after");
  int max_keys = 0;
  if (!absl::SimpleAtoi(request.query.at("max-keys"), &max_keys)) return {400, "", {}};
  std::string contents;
  bool is_truncated = false;
  for (const auto& [key, object] : buckets_[request.bucket]) {
    if (!absl::StartsWith(key, prefix)) continue;
    if (after != request.query.end() && key <= after->second) continue;
    if (max_keys-- == 0) {
      is_truncated = true;
      break;
    }
    absl::StrAppend(&contents, "<Contents><Key>", UriEncode(key, true),
                    "</Key><LastModified>2022-10-12T17:50:00.123Z</LastModified><ETag>", "&quot;v",
                    object.version, "&quot;</ETag><Size>", object.body.size(),
                    "</Size><StorageClass>STANDARD_IA</StorageClass></Contents>\n");
  }
  return {200,
          absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http"
                       "://s3.amazonaws.com/doc/2006-03-01/\"><EncodingType>url</EncodingType>"
                       "<IsTruncated>",
                       is_truncated ? "true" : "false", "</IsTruncated>", contents,
                       "</ListBucketResult>"),
          {}};
}

FakeS3::Answer FakeS3::ServeUpload(const Request& request) {
  if (request.query.count("uploads") > 0) {
    const std::string id = absl::StrCat("up/", ++versions_);
    uploads_[id];
    return {200,
            absl::StrCat("<InitiateMultipartUploadResult><UploadId>", id,
                         "</UploadId></InitiateMultipartUploadResult>"),
            {}};
  }
  const auto upload = uploads_.find(request.query.at("uploadId"));
  if (upload == uploads_.end()) return {404, "<Error><Code>NoSuchUpload</Code></Error>", {}};
  if (request.method == "DELETE") {
    uploads_.erase(upload);
    return {204, "", {}};
  }
  if (request.method == "PUT") {
    int part = 0;
    if (!absl::SimpleAtoi(request.query.at("partNumber"), &part)) return {400, "", {}};
    upload->second[part] = request.body;
    return {200, "", {absl::StrCat("ETag: \"p", part, "\"")}};
  }
  absl::StatusOr<XmlElement> list = ParseXml(request.body);
  if (!list.ok() || list->children.size() != upload->second.size()) return {400, "", {}};
  std::string body;
  for (const auto& [part, bytes] : upload->second) body += bytes;
  buckets_[request.bucket][request.key] = {body, ++versions_};
  uploads_.erase(upload);
  return {200, "<CompleteMultipartUploadResult/>", {}};
}

}  // namespace pawl::objects::s3
