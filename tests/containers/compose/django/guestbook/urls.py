from django.http import HttpResponse
from django.urls import path

from .models import Entry
from .tasks import sign


def index(request):
    return HttpResponse("django sees " + ",".join(Entry.objects.order_by("id").values_list("name", flat=True)) + "\n")


def ask(request):
    sign.delay("worker")
    return HttpResponse("asked the worker\n")


urlpatterns = [path("", index), path("ask", ask)]
