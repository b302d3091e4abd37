#include "tests/support/postgres.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace pawl::testing {
namespace {

std::string Url() {
  const char* url = std::getenv("PAWL_TEST_POSTGRES");
  return url == nullptr ? "" : url;
}

std::string DataFolder() {
  const char* folder = std::getenv("PAWL_TEST_POSTGRES_DATA");
  return folder == nullptr ? "" : folder;
}

// Where the server's programs are: beside those of the running postmaster.
std::string ProgramFolder() {
  std::error_code error;
  const auto program =
      std::filesystem::read_symlink(absl::StrCat("/proc/", PostmasterPid(), "/exe"), error);
  return error ? "/usr/lib/postgresql/15/bin" : program.parent_path().string();
}

}  // namespace

bool HasPostgres() { return !Url().empty(); }

std::string Psql(const std::string& url, const std::string& sql) {
  FILE* psql = popen(absl::StrCat("psql -XAtq -c \"", sql, "\" '", url, "' 2>&1").c_str(), "r");
  if (psql == nullptr) return "";
  char line[4096] = "";
  const bool is_read = std::fgets(line, sizeof(line), psql) != nullptr;
  const int status = pclose(psql);
  if (!is_read || status != 0) return "";
  return std::string(absl::StripSuffix(line, "\n"));
}

absl::StatusOr<std::string> CreateDatabase(const std::string& name) {
  const std::string url = Url();
  if (url.empty()) return absl::FailedPreconditionError("PAWL_TEST_POSTGRES is not set");
  Psql(url, absl::StrCat("create database ", name));
  if (Psql(url, absl::StrCat("select 1 from pg_database where datname = '", name, "'")) != "1") {
    return absl::InternalError(absl::StrCat("cannot create database ", name));
  }
  return absl::StrCat(url.substr(0, url.rfind('/') + 1), name);
}

std::string WithPort(const std::string& url, int port) {
  const size_t colon = url.rfind(':'), slash = url.rfind('/');
  return absl::StrCat(url.substr(0, colon + 1), port, url.substr(slash));
}

int PortOf(const std::string& url) {
  const size_t colon = url.rfind(':'), slash = url.rfind('/');
  int port = 0;
  return absl::SimpleAtoi(url.substr(colon + 1, slash - colon - 1), &port) ? port : 0;
}

pid_t PostmasterPid() {
  std::ifstream file(absl::StrCat(DataFolder(), "/postmaster.pid"));
  pid_t pid = 0;
  file >> pid;
  return pid;
}

absl::Status RestartPostgresImmediately() {
  const std::string as_owner = geteuid() == 0 ? "runuser -u postgres -- " : "";
  const std::string command =
      absl::StrCat("cd / && ", as_owner, ProgramFolder(), "/pg_ctl -D '", DataFolder(),
                   "' -m immediate -w -l '", DataFolder(), "/restart.log' restart >/dev/null 2>&1");
  return std::system(command.c_str()) == 0  // NOLINT(concurrency-mt-unsafe): one thread calls it
             ? absl::OkStatus()
             : absl::InternalError("pg_ctl restart failed");
}

}  // namespace pawl::testing
