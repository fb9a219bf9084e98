"""What a run says of itself when its process could not end it. Pure."""

INTERRUPTED = {
    "title": "The planning process ended before the run did / 计划进程在运行完成前终止",
    "lifted_by": "Start another run / 请重新运行",
}
