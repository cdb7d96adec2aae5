# Runs moto_server with a lock on its queues and one on writes of objects. moto
# itself locks nothing while it changes them, so that two receivers can get one
# message at a time, a deletion can undo a Send, and two writes of an object that
# must not be there can both succeed.
#
# It also makes moto as fast as its clients expect. For each message it hands out,
# moto counts all messages of the queue three times to learn how long the queue
# keeps them: with 1,000 messages, half a second for a call.
import sys, threading, time
import moto.sqs.models
from moto.server import main
from moto.s3.responses import S3Response
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

def is_kept(backend, queue_name, message):
    kept_seconds = backend.get_queue(queue_name).message_retention_period
    return kept_seconds + message.sent_timestamp / 1000 > time.time()

SQSBackend.is_message_valid_based_on_retention_period = is_kept
moto.sqs.models.unix_time = time.time
moto.sqs.models.unix_time_millis = lambda: time.time() * 1000

put, put_lock = S3Response.put_object, threading.Lock()

def put_locked(*args, **kwargs):
    with put_lock:
        return put(*args, **kwargs)

S3Response.put_object = put_locked
wait = Queue.wait_for_messages

def wait_unlocked(queue, timeout):
    lock.release()
    try:
        wait(queue, timeout)
    finally:
        lock.acquire()

Queue.wait_for_messages = wait_unlocked
main(sys.argv[1:])
