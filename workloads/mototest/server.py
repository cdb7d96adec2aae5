# Runs moto_server with a lock on its queues. moto itself locks nothing while it
# changes them, so that two receivers can get one message at a time and a
# deletion can undo a Send.
import sys, threading
from moto.server import main
from moto.sqs.models import Queue, SQSBackend

lock = threading.RLock()

def locked(call):
    def run(*args, **kwargs):
        with lock:
            return call(*args, **kwargs)
    return run

for name in ("send_message", "send_message_batch", "receive_message", "delete_message",
             "delete_message_batch", "change_message_visibility", "change_message_visibility_batch"):
    setattr(SQSBackend, name, locked(getattr(SQSBackend, name)))

wait = Queue.wait_for_messages

def wait_unlocked(queue, timeout):
    lock.release()
    try:
        wait(queue, timeout)
    finally:
        lock.acquire()

Queue.wait_for_messages = wait_unlocked
main(sys.argv[1:])
