"""The bus of the house, and how its names become columns."""


def receive(topic):
    return topic.next().payload


def column(name):
    return name.replace("-", "_")


def refuse_private(address):
    print(address)
