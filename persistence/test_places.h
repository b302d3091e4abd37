// Places for stores under test: temporary folders and schemas of their own.
#pragma once

#include <string>

namespace pawl::persistence {

// A new empty folder, removed with all that is in it.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The URL of the PostgreSQL for tests, "" where there is none (see tools/with-postgres).
std::string TestPostgresUrl();
// A schema name that no other test of this server uses.
std::string UniqueSchema();
// Removes a schema with its tables; a test that leaves thousands of tables slows down the next.
void DropSchema(const std::string& schema);

}  // namespace pawl::persistence
