#include "engine/runtime/world/secure_random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "engine/value/check.h"

namespace pawl::runtime {
namespace {

// Requests of up to 256 bytes are never cut short by a signal (getrandom(2)).
struct Block {
  std::array<uint64_t, 32> words;
  size_t next = 32;
};

void Fill(Block* block) {
  ssize_t got = -1;
  do {
    got = getrandom(block->words.data(), sizeof(block->words), 0);
  } while (got < 0 && errno == EINTR);
  PAWL_CHECK(got == static_cast<ssize_t>(sizeof(block->words)));
  block->next = 0;
}

}  // namespace

uint64_t SecureRandom() {
  thread_local Block block;
  if (block.next == block.words.size()) Fill(&block);
  const uint64_t value = block.words[block.next];
  block.words[block.next++] = 0;  // what was given once is not kept
  return value;
}

}  // namespace pawl::runtime
