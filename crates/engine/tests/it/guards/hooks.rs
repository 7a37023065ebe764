//! Request hooks and middleware, with lists of paths that they let through.

use super::expect;

#[test]
fn hooks_of_apps_and_blueprints() {
    expect(
        "
from flask import Blueprint, Flask, abort, g, redirect, request, session
app = Flask(__name__)
admin = Blueprint('admin', __name__)
inner = Blueprint('inner', __name__)
loads = Blueprint('loads', __name__)
called = Blueprint('called', __name__)

@admin.before_request
def gate():
    if not session.get('is_admin'):
        abort(403)

@loads.before_request
def load():
    g.user = session.get('user')

def strict():
    if g.user is None:
        return redirect('/login')

called.before_request(strict)

@admin.post('/a')  # is: guarded
def a(): pass

@inner.post('/b')  # is: guarded
def b(): pass

@loads.post('/c')  # is: unguarded
def c(): pass

@called.post('/d')  # is: guarded
def d(): pass

@app.post('/e')  # is: unguarded
def e(): pass

admin.register_blueprint(inner)
app.register_blueprint(admin)
app.register_blueprint(loads)
app.register_blueprint(called)
",
    );
}

#[test]
fn gates_with_lists() {
    expect(
        "
from flask import Flask, abort, redirect, request, session
app = Flask(__name__)
PUBLIC = ['static', 'b']

@app.before_request
def gate():
    if request.endpoint in PUBLIC:
        return
    if 'user' not in session:
        return redirect('/login')

@app.post('/a')  # is: guarded
def a(): pass

@app.post('/b')  # is: unguarded
def b(): pass
",
    );
    expect(
        "
from flask import Flask, abort, request, session
app = Flask(__name__)

@app.before_request
def gate():
    if request.path.startswith('/admin') and not session.get('user'):
        abort(401)

@app.post('/admin/a')  # is: guarded
def a(): pass

@app.post('/b')  # is: unguarded
def b(): pass
",
    );
    expect(
        "
from flask import Flask, abort, request, session
from elsewhere import open_endpoints
app = Flask(__name__)

@app.before_request
def gate():
    if request.endpoint not in open_endpoints and not session.get('user'):
        abort(401)

@app.post('/a')  # is: conditional
def a(): pass
",
    );
    expect(
        "
from flask import Flask, abort, request, session
app = Flask(__name__)

@app.before_request
def gate():
    if request.method == 'OPTIONS' or request.path in ('/b', '/x'):
        return None
    if not session.get('user'):
        abort(401)

@app.post('/a')  # is: guarded
def a(): pass

@app.post('/b')  # is: unguarded
def b(): pass
",
    );
}

#[test]
fn middleware_forms() {
    let handlers = "
@app.post('/a')  # is: guarded
def a(): pass

@app.post('/open/b')  # is: unguarded
def b(): pass
";
    let forms = [
        "
app = FastAPI()

@app.middleware('http')
async def check(request: Request, call_next):
    if request.url.path.startswith('/open'):
        return await call_next(request)
    token = request.headers.get('Authorization')
    if not token:
        return JSONResponse({'detail': 'no'}, status_code=401)
    return await call_next(request)
",
        "
app = FastAPI()

async def check(request: Request, call_next):
    if request.url.path in {'/open/b'}:
        pass
    else:
        try:
            request.state.user = decode(request.headers['Authorization'])
        except Exception:
            return JSONResponse({'detail': 'no'}, status_code=401)
    return await call_next(request)

app.middleware('http')(check)
",
        "
class Check(BaseHTTPMiddleware):
    OPEN = ['/open/b']

    async def dispatch(self, request, call_next):
        if request.url.path in self.OPEN:
            return await call_next(request)
        if request.headers.get('X-Api-Key') != KEY:
            return Response(status_code=401)
        return await call_next(request)

app = FastAPI()
app.add_middleware(Check)
",
        "
class Check:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope['type'] != 'http' or scope['path'] == '/open/b':
            await self.app(scope, receive, send)
            return
        headers = dict(scope['headers'])
        if headers.get(b'authorization') != KEY:
            response = JSONResponse({'detail': 'no'}, status_code=401)
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

app = FastAPI(middleware=[Middleware(Check)])
",
        "
class Check(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if self.is_open(request.url.path):
            return await call_next(request)
        if not request.session.get('user'):
            raise HTTPException(status_code=401)
        return await call_next(request)

    def is_open(self, path):
        return path.startswith('/open/')

app = FastAPI()
app.add_middleware(Check)
",
    ];
    for form in forms {
        expect(&format!(
            "
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
{form}{handlers}"
        ));
    }
}

#[test]
fn middleware_that_guards_nothing() {
    expect(
        "
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=['*'])
app.add_middleware(SessionMiddleware, secret_key='x')
app.add_middleware(AuthenticationMiddleware, backend=Backend())

@app.middleware('http')
async def licence(request: Request, call_next):
    if not is_licensed():
        return JSONResponse({}, status_code=402)
    return await call_next(request)

@app.middleware('http')
async def network(request: Request, call_next):
    if request.client.host not in ALLOWED_HOSTS:
        return JSONResponse({}, status_code=403)
    return await call_next(request)

@app.middleware('http')
async def csrf(request: Request, call_next):
    if request.headers.get('X-CSRF-Token') != request.cookies.get('csrf_token'):
        return JSONResponse({}, status_code=403)
    return await call_next(request)

@app.middleware('http')
async def errors(request: Request, call_next):
    try:
        return await call_next(request)
    except PermissionError:
        return JSONResponse({}, status_code=401)

@app.post('/a')  # is: unguarded
def a(): pass
",
    );
}

#[test]
fn middleware_reaches_mounted_apps_and_hooks_stay_with_their_app() {
    expect(
        "
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
outer = FastAPI()
inner = FastAPI()
other = FastAPI()

@outer.middleware('http')
async def check(request: Request, call_next):
    if not request.headers.get('Authorization'):
        return JSONResponse({}, status_code=401)
    return await call_next(request)

@inner.post('/a')  # is: guarded
def a(): pass

@other.post('/b')  # is: unguarded
def b(): pass

outer.mount('/inner', inner)
",
    );
}

#[test]
fn hooks_that_ask_for_something_else() {
    expect(
        "
from flask import Flask, abort, jsonify, request
app = Flask(__name__)

@app.before_request
def limit():
    decision = limiter.consume(subject=request.headers.get('Authorization'))
    if decision.allowed:
        return None
    return rate_limited_response(decision)

@app.before_request
def demand_key():
    if not request.headers.get('Idempotency-Key'):
        return jsonify(error='no key'), 403
    if not request.headers.get('User-Agent'):
        abort(403)

def rate_limited_response(decision):
    response = jsonify(decision)
    response.status_code = 429
    return response

@app.post('/a')  # is: unguarded
def a(): pass
",
    );
}

#[test]
fn lists_that_are_filled_later() {
    expect(
        "
from flask import Flask, abort, request
app = Flask(__name__)

def keys():
    found = []
    for name in NAMES:
        found.append(read(name))
    return found

def check():
    known = keys()
    if not known:
        return 'development'
    if request.headers.get('X-Api-Key') not in known:
        abort(401)

@app.post('/a')  # is: guarded
def a():
    check()
    write()
",
    );
}
