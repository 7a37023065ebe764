//! Things that are named or placed like guards and turn no anonymous caller away.

use super::expect;

const DECORATORS: &str = "
from functools import wraps
from flask import Flask, abort, g, jsonify, redirect, request, session
from flask_login import current_user
app = Flask(__name__)

def require_verified_email(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if get_config('verify_emails'):
            if current_user.is_authenticated:
                if not current_user.verified:
                    return redirect('/confirm')
        return view(*args, **kwargs)
    return inner

def require_setup(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if not is_setup():
            abort(403)
        return view(*args, **kwargs)
    return inner

def guests_only(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if current_user.is_authenticated:
            return redirect('/')
        return view(*args, **kwargs)
    return inner

def process_auth(view):
    @wraps(view)
    def inner(*args, **kwargs):
        token = request.headers.get('Authorization')
        if token:
            g.user = load_user(token)
        return view(*args, **kwargs)
    return inner

def require_scope(scope):
    def decorate(view):
        view.required_scope = scope
        return view
    return decorate

def require_json(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if not request.is_json:
            return jsonify(error='json'), 415
        return view(*args, **kwargs)
    return inner

def limited(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if count(request.headers.get('Authorization')) > 10:
            return jsonify(error='slow'), 429
        return view(*args, **kwargs)
    return inner

def feature(name):
    def decorate(view):
        @wraps(view)
        def inner(*args, **kwargs):
            if not settings.FEATURES[name]:
                abort(403)
            return view(*args, **kwargs)
        return inner
    return decorate

def anon_allowed(view):
    return view

def csrf_protect(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if session.get('csrf') != request.headers.get('X-CSRF'):
            abort(403)
        return view(*args, **kwargs)
    return inner

def local_only(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if request.remote_addr not in ALLOWED:
            abort(403)
        return view(*args, **kwargs)
    return inner

";

#[test]
fn decorators() {
    expect(&format!(
        "{DECORATORS}@app.post('/a')  # is: unguarded
@require_verified_email
def a(): pass

@app.post('/b')  # is: unguarded
@require_setup
def b(): pass

@app.post('/c')  # is: unguarded
@guests_only
def c(): pass

@app.post('/d')  # is: unguarded
@process_auth
def d(): pass

@app.post('/e')  # is: unguarded
@require_scope('x')
def e(): pass

@app.post('/f')  # is: unguarded
@require_json
def f(): pass

@app.post('/g')  # is: unguarded
@limited
def g_(): pass

@app.post('/h')  # is: unguarded
@feature('x')
def h(): pass

@app.post('/i')  # is: public
@anon_allowed
def i(): pass

@app.post('/j')  # is: unguarded
@csrf_protect
def j(): pass

@app.post('/k')  # is: unguarded
@local_only
def k(): pass
"
    ));
}

#[test]
fn checks_of_something_else() {
    expect(
        "
from fastapi import Depends, FastAPI, HTTPException, Request
app = FastAPI()

def require_store(request: Request):
    if not request.app.state.store:
        raise HTTPException(503)

def get_row(row_id: int, session=Depends(object)):
    row = session.get(Row, row_id)
    if not row:
        raise HTTPException(404, 'no such user')
    return row

def limiter(user=Depends(maybe_user)):
    if too_many(user):
        raise HTTPException(429)

def maybe_user(request: Request):
    return request.session.get('user')

@app.post('/a')  # is: unguarded
def a(x=Depends(require_store)): pass

@app.post('/b')  # is: unguarded
def b(x=Depends(get_row)): pass

@app.post('/c')  # is: unguarded
def c(x=Depends(limiter)): pass

@app.post('/users/{user_id}/rename')  # is: unguarded
def d(user_id: int):
    user = find(user_id)
    if user is None:
        raise HTTPException(404)
    if user.is_locked:
        raise HTTPException(403, 'locked')
    write()
",
    );
}
