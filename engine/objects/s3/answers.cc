#include "engine/objects/s3/answers.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/objects/s3/xml.h"

namespace pawl::objects::s3 {
namespace {

// Of a body that is an <Error>; "" for others. Letters only, so that nothing else gets into
// messages.
std::string ErrorCode(absl::string_view body) {
  absl::StatusOr<XmlElement> error = ParseXml(body);
  if (!error.ok() || error->name != "Error") return "";
  std::string code(error->ChildText("Code").substr(0, 64));
  for (char& c : code) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return code;
}

absl::StatusCode CodeOf(int http_status, absl::string_view code) {
  if (http_status == 429 || http_status >= 500 || code == "SlowDown" || code == "RequestTimeout" ||
      code == "InternalError" || code == "OperationAborted") {
    return absl::StatusCode::kUnavailable;
  }
  if (http_status == 403 || http_status == 401) return absl::StatusCode::kPermissionDenied;
  if (http_status == 412) return absl::StatusCode::kFailedPrecondition;
  if (http_status == 200) return absl::StatusCode::kInternal;
  return absl::StatusCode::kInvalidArgument;
}

// The keys of a list are encoded as in forms.
std::string FormDecode(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::SimpleHexAtoi(text.substr(i + 1, 2), &byte)) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

}  // namespace

absl::Status ErrorOf(const HttpResponse& answer, absl::string_view method, absl::string_view bucket,
                     absl::string_view key) {
  const std::string code = ErrorCode(answer.body);
  if (answer.status == 404) {
    return code == "NoSuchBucket" ? NoSuchBucketError(bucket) : NoSuchKeyError(bucket, key);
  }
  return absl::Status(
      CodeOf(answer.status, code),
      absl::StrCat("S3 ", method, " ", bucket, "/", key, ": ", answer.status, " ", code));
}

absl::Status ErrorWithin(absl::string_view body, absl::string_view bucket, absl::string_view key) {
  const std::string code = ErrorCode(body);
  if (code.empty()) return absl::OkStatus();
  return absl::Status(CodeOf(200, code), absl::StrCat("S3 ", bucket, "/", key, ": ", code));
}

absl::StatusOr<ListPage> ParseList(absl::string_view body) {
  absl::StatusOr<XmlElement> list = ParseXml(body);
  if (!list.ok() || list->name != "ListBucketResult") {
    return absl::InternalError("S3 has answered a list with something else");
  }
  const bool is_encoded = list->ChildText("EncodingType") == "url";
  ListPage page;
  page.is_truncated = list->ChildText("IsTruncated") == "true";
  for (const XmlElement& child : list->children) {
    if (child.name != "Contents") continue;
    ObjectInfo object;
    const absl::string_view key = child.ChildText("Key");
    object.key = is_encoded ? FormDecode(key) : std::string(key);
    object.etag = std::string(child.ChildText("ETag"));
    std::string ignored;
    const bool is_ok = absl::SimpleAtoi(child.ChildText("Size"), &object.size_bytes) &&
                       absl::ParseTime(absl::RFC3339_full, child.ChildText("LastModified"),
                                       &object.last_modified, &ignored);
    if (!is_ok) return absl::InternalError("S3 has answered a list without sizes or times");
    const absl::string_view storage_class = child.ChildText("StorageClass");
    if (!storage_class.empty()) object.storage_class = std::string(storage_class);
    page.objects.push_back(std::move(object));
  }
  return page;
}

ObjectInfo InfoOfHeaders(const std::map<std::string, std::string>& headers, absl::string_view key) {
  const auto header = [&](const char* name) {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  };
  ObjectInfo info;
  info.key = std::string(key);
  info.etag = header("etag");
  if (!absl::SimpleAtoi(header("content-length"), &info.size_bytes)) info.size_bytes = 0;
  std::string ignored;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", header("last-modified"), &info.last_modified,
                       &ignored)) {
    info.last_modified = absl::UnixEpoch();
  }
  const std::string storage_class = header("x-amz-storage-class");
  if (!storage_class.empty()) info.storage_class = storage_class;
  return info;
}

int64_t TotalOfContentRange(absl::string_view value) {
  const size_t slash = value.rfind('/');
  int64_t total = 0;
  if (slash == absl::string_view::npos || !absl::SimpleAtoi(value.substr(slash + 1), &total)) {
    return 0;
  }
  return total;
}

}  // namespace pawl::objects::s3
