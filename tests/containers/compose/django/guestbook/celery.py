import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guestbook.settings")
app = Celery("guestbook", broker=os.environ["REDIS_URL"])
app.autodiscover_tasks(["guestbook"])
