"""Runs a command on a pseudo-terminal and joins it to pipes; the other half of pty.ts. Standard library only.

stdin   what is typed at the terminal; its end hangs the terminal up
stdout  what the terminal shows
fd 3    reports, one JSON value a line: {"pid"} at the start, {"code", "signal", "echo", "canonical"} at the end
fd 4    the order, JSON: {"command", "env", "cwd", "columns", "rows"}
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios

STDIN, STDOUT, REPORT, ORDER = 0, 1, 3, 4


def report(**values):
    os.write(REPORT, (json.dumps(values) + "\n").encode())


def run_command(order, terminal):
    """In the child: makes `terminal` the controlling terminal of a new session and becomes the command."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(terminal, fd)
    os.closerange(3, 64)
    # Python ignores SIGPIPE; a command starts with the default.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if order.get("cwd"):
        os.chdir(order["cwd"])
    os.execvpe(order["command"][0], order["command"], order["env"])


def copy_output(screen):
    """Passes on what is there now. False once there can be no more."""
    try:
        data = os.read(screen, 65536)
    except OSError:
        return False
    while data:
        data = data[os.write(STDOUT, data):]
    return True


def readable(fds, seconds):
    return select.select(fds, [], [], seconds)[0]


def main():
    with os.fdopen(ORDER) as file:
        order = json.load(file)
    # `screen` is the end that a person looks at, `terminal` the one that the command uses. It stays open here: the command's last
    # output and the terminal's settings must outlive the command.
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", order["rows"], order["columns"], 0, 0))
    child = os.fork()
    if child == 0:
        try:
            run_command(order, terminal)
        finally:
            os._exit(127)
    report(pid=child)

    sources = [screen, STDIN]
    status = None
    while status is None:
        ready = readable(sources, 0.02)
        if screen in ready:
            copy_output(screen)
        if STDIN in ready:
            typed = os.read(STDIN, 65536)
            if typed:
                os.write(screen, typed)
            else:
                sources.remove(STDIN)
                os.kill(child, signal.SIGHUP)
        pid, value = os.waitpid(child, os.WNOHANG)
        if pid:
            status = value
    while readable([screen], 0):
        if not copy_output(screen):
            break
    flags = termios.tcgetattr(terminal)[3]
    report(
        code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        signal=signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else None,
        echo=bool(flags & termios.ECHO),
        canonical=bool(flags & termios.ICANON),
    )


sys.exit(main())
