def measure(file): pass
