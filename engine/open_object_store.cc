#include "engine/open_object_store.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/objects/folder_store.h"
#include "engine/objects/s3_store.h"
#include "engine/private_folder.h"
#include "engine/store_url.h"

namespace pawl {
namespace {

constexpr absl::string_view kFolder = "folder:";
constexpr absl::string_view kS3 = "s3:";

absl::StatusOr<std::unique_ptr<objects::ObjectStore>> OpenFolder(
    const std::string& path, std::vector<std::string>* warnings) {
  if (absl::Status status = MakePrivateFolder("--object-store", path); !status.ok()) return status;
  const std::string warning = WarningOfOpenFolder("--object-store", path);
  if (!warning.empty()) warnings->push_back(warning);
  absl::StatusOr<std::unique_ptr<objects::FolderStore>> store = objects::FolderStore::Open(path);
  if (!store.ok()) return store.status();
  return std::unique_ptr<objects::ObjectStore>(*std::move(store));
}

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): at start
  return value == nullptr ? "" : value;
}

absl::StatusOr<std::unique_ptr<objects::ObjectStore>> OpenS3(const std::string& endpoint,
                                                             const std::string& region) {
  objects::S3Options options;
  options.endpoint = endpoint;
  options.region = region;
  options.credentials.access_key_id = FromEnvironment("AWS_ACCESS_KEY_ID");
  options.credentials.secret_access_key = FromEnvironment("AWS_SECRET_ACCESS_KEY");
  options.credentials.session_token = FromEnvironment("AWS_SESSION_TOKEN");
  if (options.credentials.access_key_id.empty() || options.credentials.secret_access_key.empty()) {
    return absl::InvalidArgumentError(
        "--object-store s3: needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment");
  }
  absl::StatusOr<std::unique_ptr<objects::S3Store>> store =
      objects::S3Store::Open(std::move(options));
  if (!store.ok()) return store.status();
  return std::unique_ptr<objects::ObjectStore>(*std::move(store));
}

}  // namespace

absl::StatusOr<std::unique_ptr<objects::ObjectStore>> OpenObjectStore(
    const std::string& url, const std::string& region, std::vector<std::string>* warnings) {
  if (absl::StartsWith(url, kFolder)) return OpenFolder(url.substr(kFolder.size()), warnings);
  if (absl::StartsWith(url, kS3)) return OpenS3(url.substr(kS3.size()), region);
  return absl::InvalidArgumentError(absl::StrCat("--object-store '", WithoutCredentials(url),
                                                 "' is not known: give folder:PATH or s3:URL"));
}

}  // namespace pawl
