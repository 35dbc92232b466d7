from celery import shared_task

from .models import Entry


@shared_task
def sign(name):
    Entry.objects.create(name=name)
