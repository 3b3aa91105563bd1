"""A function for functions-framework that does nothing."""


def main(request):
    return {}
