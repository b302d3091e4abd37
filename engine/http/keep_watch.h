// Options of a connection's socket. Internal to engine/http.
#pragma once

namespace pawl::http {

// Lets the kernel notice, after about a minute, that the peer of the connected TCP socket `fd` has
// vanished without a word.
void KeepWatch(int fd);

}  // namespace pawl::http
