from functools import wraps

from flask import Flask, abort, session

from store import Parcel, db

app = Flask(__name__)


def login_required(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
        if "user_id" not in session:
            abort(401)
        return view(*args, **kwargs)

    return wrapper


@app.post("/parcels")
@login_required
def create():
    db.session.add(Parcel())
    db.session.commit()
    return {}, 201


@app.delete("/parcels/<int:parcel_id>")
def remove(parcel_id):
    db.session.delete(Parcel.query.get(parcel_id))
    db.session.commit()
    return "", 204


@app.get("/parcels")
def listing():
    try:
        return {"parcels": [parcel.id for parcel in Parcel.query]}
    except:
        return {}, 500
