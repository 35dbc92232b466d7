"""The rules: each theme in a module of its own, each rule a pure function of a `Subject`.

A rule that is not certain says nothing: whoever wrote the Dockerfile knows more than we do.
"""
