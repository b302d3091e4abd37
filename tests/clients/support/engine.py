"""A real pawl-engine on SQLite in a folder of its own, on free ports.

    with Engine() as engine:
        client = aws.client(engine.url)

Killed and started again it keeps its ports and its store. Stopped by its process id; it dies with
this process, too, so that a test that crashes leaves nothing behind.
"""
import os
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time

BIN = os.environ.get("PAWL_BIN") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "build", "dev", "bin")
_START_SECONDS = 60


class Engine:
    """One engine process. Flags beyond the store and the ports are the caller's."""

    def __init__(self, *flags):
        self.folder = tempfile.mkdtemp(prefix="pawl-clients-")
        self.log_path = os.path.join(self.folder, "engine.log")
        self.starts = 0
        self._flags = flags
        self._ports = {"grpc": 0, "http": 0}
        self._process = None
        self._lock = threading.Lock()
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._ports['http']}"

    @property
    def port(self):
        return self._ports["http"]

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        """Returns when the engine serves."""
        command = ["setpriv", "--pdeathsig", "KILL", os.path.join(BIN, "pawl-engine"),
                   "--store=sqlite:" + os.path.join(self.folder, "data"),
                   "--object-store=folder:" + os.path.join(self.folder, "objects"),
                   f"--listen=127.0.0.1:{self._ports['grpc']}",
                   f"--http-listen=127.0.0.1:{self._ports['http']}", *self._flags]
        with open(self.log_path, "ab") as log:
            begin = log.tell()
            # It dies with the thread that starts it.
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log)
        self.starts += 1
        self._ports = self._await_serving(begin)

    def _await_serving(self, begin):
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with open(self.log_path, encoding="utf-8") as log:
                log.seek(begin)
                text = log.read()
            found = re.search(r' serving grpc_port="(\d+)" http_port="(\d+)".*\n', text)
            if found:
                return {"grpc": int(found[1]), "http": int(found[2])}
            if self._process.poll() is not None:
                raise RuntimeError("the engine did not start:\n" + text)
            time.sleep(0.005)  # the log is a file: there is nothing to wait on
        raise RuntimeError("the engine does not serve:\n" + text)

    def kill(self):
        """SIGKILL, and waits until it is gone."""
        self._process.kill()
        self._process.wait()

    def terminate(self):
        """SIGTERM: asks it to drain and to stop. Returns at once."""
        self._process.terminate()

    def wait(self):
        """Waits for its end; the exit code."""
        return self._process.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def close(self):
        """Stops the engine and removes its folder."""
        if self._process is not None and self._process.poll() is None:
            self.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Killer:
    """Kills an engine with SIGKILL about every second and starts it again, until closed.

    The engine lives for as long as somebody holds `lives`.
    """

    def __init__(self, engine, seed):
        self.kills = 0
        self.lives = threading.Lock()
        self._engine = engine
        self._random = random.Random(seed)
        self._stopped = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, name="killer")
        self._thread.start()

    def _run(self):
        try:
            while not self._stopped.wait(self._random.uniform(0.3, 1.7)):
                with self.lives:
                    self._engine.kill()
                    self._engine.start()
                    self.kills += 1
        except Exception as error:  # told by close(), on the thread that asks
            self._error = error

    def close(self):
        """Ends the killing; the engine runs then. Raises what went wrong meanwhile."""
        self._stopped.set()
        self._thread.join()
        self._engine.kill()  # it would die with the thread that started it last
        self._engine.start()
        if self._error is not None:
            raise self._error
