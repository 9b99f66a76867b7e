"""The edge: one worker reads one camera, follows faces, and sends the best shots of each to the site's matcher.

It sees pixels; never a name, a reference or a template.
"""
