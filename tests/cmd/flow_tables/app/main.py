"""Answers from what the bus says."""

import os

import partnumbers
import requests
import warehouse
from fastapi import FastAPI

from app import bus

app = FastAPI()


@app.get("/parts")
def parts(sort: str, number: str):
    kind = bus.receive("parts")
    warehouse.run("parts", f"SELECT * FROM parts WHERE kind = '{kind}'")
    warehouse.run("parts", f"SELECT * FROM parts ORDER BY {sort}")
    warehouse.run("parts", f"SELECT * FROM parts ORDER BY {bus.column(sort)}")
    os.system("print-label " + partnumbers.parse(number))
    return {}


@app.post("/hooks")
def hook(address: str, number: str):
    os.system("print-label " + partnumbers.pretty(number))
    bus.refuse_private(address)
    requests.post(address, timeout=5)
    return {}
