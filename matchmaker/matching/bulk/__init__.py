"""Bulk: millions of texts joined in bounded memory, in files that outlive what is killed.

In order: join · shards.
"""
