"""Gc: delete what is past its time, and nothing that anybody needs."""
