# Language level, warnings, sanitizers, linker and packages: everything that is the same for all targets.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(PAWL_BUILD_TESTS "Build unit, contract and integration tests" ON)
option(PAWL_WITH_GRPC "Build the targets that need gRPC (off for the thread sanitizer)" ON)
option(PAWL_FUZZ "Build the fuzz targets (clang with libFuzzer; tools/fuzz)" OFF)
option(PAWL_PCH "Precompile the headers that nearly every file includes" OFF)
set(PAWL_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them: address,undefined or thread")

find_program(PAWL_CCACHE ccache)
if(PAWL_CCACHE)
  # Precompiled headers and ccache agree only with this, and with -fpch-preprocess below.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_DEPEND=1 ${PAWL_CCACHE})
endif()

add_library(pawl_options INTERFACE)
target_compile_options(pawl_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
target_include_directories(pawl_options INTERFACE ${CMAKE_SOURCE_DIR})
# "engine/version.h"; a target of its own, so that a new version compiles only what shows it.
configure_file(${CMAKE_SOURCE_DIR}/cmake/version.h.in ${CMAKE_BINARY_DIR}/generated/engine/version.h @ONLY)
add_library(pawl_version INTERFACE)
target_include_directories(pawl_version INTERFACE $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>)
find_program(PAWL_MOLD mold)
if(PAWL_MOLD)
  target_link_options(pawl_options INTERFACE -fuse-ld=mold)
endif()
if(PAWL_SANITIZE)
  # What is undefined ends the program: a test that only logs it would pass.
  target_compile_options(pawl_options INTERFACE
    -fsanitize=${PAWL_SANITIZE} -fno-sanitize-recover=undefined -fno-omit-frame-pointer
    # GCC believes members of an absent optional to be used when the sanitizer's calls stand between.
    -Wno-maybe-uninitialized)
  target_link_options(pawl_options INTERFACE -fsanitize=${PAWL_SANITIZE})
endif()

if(PAWL_FUZZ)
  # Another compiler has other warnings; the dev preset is where they are errors.
  target_compile_options(pawl_options INTERFACE
    -Wno-error -fsanitize=fuzzer-no-link)
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
target_compile_options(pawl_options INTERFACE -pthread)  # everywhere, as some packages ask for it
find_package(absl CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Protobuf REQUIRED)  # module mode: the package has no config files
find_package(PkgConfig REQUIRED)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
if(PAWL_WITH_GRPC)
  find_package(gRPC CONFIG REQUIRED)
  find_package(prometheus-cpp CONFIG REQUIRED)
endif()
if(PAWL_SANITIZE MATCHES "thread")
  add_library(pawl_tsan_locks STATIC ${CMAKE_SOURCE_DIR}/cmake/tsan_locks.cc)
  target_compile_options(pawl_tsan_locks PRIVATE -fsanitize=thread)
  target_link_libraries(pawl_tsan_locks PRIVATE absl::synchronization)
  target_link_libraries(pawl_options INTERFACE $<LINK_LIBRARY:WHOLE_ARCHIVE,pawl_tsan_locks>)
endif()
if(PAWL_BUILD_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
endif()

# What is precompiled: the dearest of what most files include. Never a reason to leave out an include:
# the release preset builds without.
if(PAWL_PCH)
  # GCC no longer knows which precompiled headers are the system's: these warnings are of theirs.
  target_compile_options(pawl_options INTERFACE -fpch-preprocess -Wno-array-bounds -Wno-stringop-overflow)
  set(PAWL_PCH_HEADERS
    <algorithm> <cstdint> <functional> <map> <memory> <set> <string> <utility> <variant> <vector>
    <absl/status/statusor.h> <absl/strings/match.h> <absl/strings/str_cat.h> <absl/strings/str_join.h>
    <absl/strings/str_split.h> <absl/synchronization/mutex.h> <absl/time/time.h> <absl/types/optional.h>)
  file(WRITE ${CMAKE_BINARY_DIR}/pch.cc "int main() {}\n")
  add_library(pawl_pch STATIC ${CMAKE_BINARY_DIR}/pch.cc)
  target_link_libraries(pawl_pch PRIVATE pawl_options)
  target_precompile_headers(pawl_pch PRIVATE ${PAWL_PCH_HEADERS})
  if(PAWL_BUILD_TESTS)
    # A program, as tests are: position-independent code of the same kind.
    add_executable(pawl_test_pch EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/pch.cc)
    target_link_libraries(pawl_test_pch PRIVATE pawl_options GTest::gmock)
    target_precompile_headers(pawl_test_pch PRIVATE
      ${PAWL_PCH_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endif()
