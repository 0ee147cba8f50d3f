"""Fingers by libfprint, for the driver beside it: JSON lines, and a template in memory alone.

    -> {"do": "list"}                  <- {"devices": [{"name": "…", "driver": "uru4000", …}]}
    -> {"do": "open", "number": 0}     <- {"opened": true, "touches": 5}
    -> {"do": "enrol"}                 <- {"stage": 1, "of": 5} … {"retry": "short"} …
                                       <- {"enrolled": true}
    -> {"do": "verify"}                <- {"match": true}
    -> {"do": "forget"}                <- {"forgotten": true}
    -> {"do": "cancel"}                no answer of its own: the act ends with {"cancelled": true}
    <- {"problem": "removed"}          ends an act; with {"ends": true} this process ends too

It runs on the system's Python (`python3 -I -B helper.py`), where libfprint's introspection is, and
so imports the standard library and gi alone. The template is one object of this process. The
kernel lets the process write no file and no core; its driver starts it so that freed memory is
overwritten. When standard input ends, so does the process.
"""

import ctypes
import gc
import json
import os
import resource
import signal
import sys

LINE_BYTES_MAX = 4096
"""A command is short; more without an end of line is not our driver."""

RETRIES_MAX = 5
"""Touches that cannot be read, in one act: then a worker must look at the glass or the finger."""

CLOSE_S = 2
"""For the device to go to rest at the end; then the process ends all the same."""

RETRIES = {0: "again", 1: "short", 2: "centre", 3: "lift"}
"""FpDeviceRetry, by number."""

PROBLEMS = {4: "busy", 256: "removed", 257: "hot"}
"""FpDeviceError, by number, where it matters to a worker; the rest is "failed"."""

PR_SET_DUMPABLE = 4


def lock_in():
    """Before any finger: nothing of this process reaches a disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


class Helper:
    """One device, one template at most, one act at a time."""

    def __init__(self, out, fprint, glib, gio):
        self.out, self.fprint, self.glib, self.gio = out, fprint, glib, gio
        self.loop = glib.MainLoop()
        self.context = fprint.Context()
        self.context.enumerate()
        self.device = None
        self.template = None
        self.act = None
        self.cancellable = None
        self.retries = 0
        self.waiting = b""

    def say(self, **answer):
        """One line to the driver; without a driver there is no reason to be."""
        try:
            os.write(self.out, json.dumps(answer).encode() + b"\n")
        except OSError:
            os._exit(0)

    def run(self):
        """Until standard input ends."""
        watched = self.glib.IOCondition.IN | self.glib.IOCondition.HUP
        self.glib.unix_fd_add_full(self.glib.PRIORITY_DEFAULT, 0, watched, self.hear)
        self.loop.run()
        self.template = None
        # A stuck device must not keep a finger: the signal's default ends the process.
        signal.alarm(CLOSE_S)
        if self.cancellable is not None:
            self.cancellable.cancel()
            while self.act is not None:
                self.glib.MainContext.default().iteration(True)
        if self.device is not None:
            self.device.close_sync(None)

    def hear(self, fd, _condition, *_rest):
        """What standard input has: whole lines are done, the rest waits."""
        heard = os.read(fd, LINE_BYTES_MAX)
        *lines, self.waiting = (self.waiting + heard).split(b"\n")
        if not heard or len(self.waiting) > LINE_BYTES_MAX:
            self.loop.quit()
            return False
        for line in lines:
            self.do(json.loads(line))
        return True

    def do(self, command):
        """One command."""
        what = command["do"]
        if what == "cancel":
            if self.cancellable is not None:
                self.cancellable.cancel()
        elif self.act is not None:
            self.say(problem="busy")
        elif what == "list":
            self.say(devices=[self.described(device) for device in self.context.get_devices()])
        elif what == "open":
            self.open(command["number"])
        elif what == "forget":
            self.drop()
            self.say(forgotten=True)
        elif what == "enrol":
            self.drop()
            self.begin(what, 0)
        elif what == "verify" and self.template is None:
            self.say(problem="nothing-taken")
        elif what == "verify":
            self.begin(what, 0)

    def described(self, device):
        """What a driver chooses by. `keeps`: it would store the finger in itself."""
        return {
            "name": device.get_name(),
            "driver": device.get_driver(),
            "id": device.get_device_id(),
            "keeps": device.has_feature(self.fprint.DeviceFeature.STORAGE),
        }

    def open(self, number):
        """Open the device and keep it; say so if it is pulled out."""
        device = self.context.get_devices()[number]
        try:
            device.open_sync(None)
        except self.glib.Error:
            self.say(problem="closed", ends=True)
            os._exit(0)
        device.connect("notify::removed", self.removed)
        self.device = device
        self.say(opened=True, touches=device.get_nr_enroll_stages())

    def removed(self, *_rest):
        """Pulled out: a new process finds it again, and no finger outlives its device."""
        self.say(problem="removed", ends=True)
        os._exit(0)

    def drop(self):
        """The template is gone, and its memory overwritten."""
        self.template = None
        gc.collect()

    def begin(self, act, retries):
        """Start an act; `ended` comes when it is over."""
        self.act, self.retries = act, retries
        self.cancellable = self.gio.Cancellable()
        if act == "enrol":
            blank = self.fprint.Print.new(self.device)
            self.device.enroll(blank, self.cancellable, self.touched, (), self.ended)
        else:
            self.device.verify(self.template, self.cancellable, callback=self.ended)

    def touched(self, device, stage, *rest):
        """One touch of an enrolment; last comes what was wrong with it, or None."""
        error = rest[-1]
        if error is None:
            self.say(stage=stage, of=device.get_nr_enroll_stages())
        elif not self.may_retry(error):
            self.cancellable.cancel()

    def may_retry(self, error):
        """Count a touch that could not be read; False: that was one too many."""
        self.retries += 1
        if self.retries > RETRIES_MAX:
            return False
        self.say(retry=RETRIES.get(error.code, "again"))
        return True

    def ended(self, device, result, *_rest):
        """The act is over: its answer, or why there is none."""
        act, self.act, self.cancellable = self.act, None, None
        try:
            if act == "enrol":
                self.template = device.enroll_finish(result)
                self.say(enrolled=True)
            else:
                self.say(match=bool(device.verify_finish(result)[0]))
        except self.glib.Error as error:
            self.failed(act, error)

    def failed(self, act, error):
        """Why not, by kind; libfprint's own words stay here."""
        if error.matches(self.fprint.device_retry_quark(), error.code):
            if not self.may_retry(error):
                self.say(problem="unreadable")
            elif act == "verify":
                self.begin(act, self.retries)
            else:
                self.say(problem="failed", ends=True)
                os._exit(0)
        elif self.retries > RETRIES_MAX:
            self.say(problem="unreadable")
        elif error.matches(self.gio.io_error_quark(), self.gio.IOErrorEnum.CANCELLED):
            self.say(cancelled=True)
        elif error.matches(self.gio.io_error_quark(), self.gio.IOErrorEnum.TIMED_OUT):
            self.stop("slow", keep=act == "verify")
        elif error.matches(self.fprint.device_error_quark(), error.code):
            kind = PROBLEMS.get(int(error.code), "failed")
            self.stop(kind, keep=kind in ("busy", "hot"))
        else:
            self.stop("failed", keep=False)

    def stop(self, kind, keep):
        """Tell the problem. With no finger to lose, a new process begins with a fresh device."""
        self.say(problem=kind, ends=not keep)
        if not keep:
            os._exit(0)


def main():
    """Standard output is ours alone: what libraries print goes to standard error."""
    out = os.dup(1)
    os.dup2(2, 1)
    lock_in()
    # A defect in a callback must end the process, not leave it waiting.
    sys.excepthook = lambda *_: os._exit(70)
    try:
        import gi

        gi.require_version("FPrint", "2.0")
        from gi.repository import FPrint, Gio, GLib
    except (ImportError, ValueError):
        os.write(out, b'{"problem": "not-installed", "ends": true}\n')
        return
    Helper(out, FPrint, GLib, Gio).run()


if __name__ == "__main__":
    main()
