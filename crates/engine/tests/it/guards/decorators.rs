//! Guards around handlers and class-based views.

use super::expect;

const FLASK: &str = "
from functools import wraps, partial
from flask import Flask, Blueprint, abort, g, jsonify, redirect, request, session, url_for
app = Flask(__name__)
";

fn flask(text: &str) {
    expect(&format!("{FLASK}{text}"));
}

#[test]
fn libraries() {
    flask(
        "
from flask_login import login_required, fresh_login_required
from flask_jwt_extended import jwt_required, verify_jwt_in_request
from flask_httpauth import HTTPTokenAuth
import flask_security
auth = HTTPTokenAuth()

@app.post('/a')  # is: guarded
@login_required
def a(): pass

@app.post('/b')  # is: guarded
@jwt_required()
def b(): pass

@app.post('/c')  # is: unguarded
@jwt_required(optional=True)
def c(): pass

@app.post('/d')  # is: guarded
@auth.login_required
def d(): pass

@app.post('/e')  # is: unguarded
@auth.login_required(optional=True)
def e(): pass

@app.post('/f')  # is: guarded
@flask_security.roles_accepted('x')
def f(): pass

@app.post('/g')  # is: guarded
@auth.login_required(role='admin')
def g_(): pass

@app.post('/h')  # is: guarded
@jwt_required
def h(): pass
",
    );
}

#[test]
fn home_made() {
    flask(
        "
def plain(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if 'user_id' not in session:
            return redirect(url_for('login'))
        return view(*args, **kwargs)
    return inner

def without_wraps(view):
    def inner(*args, **kwargs):
        token = request.headers.get('X-Token')
        if token != KEY:
            return jsonify({'error': 'no'}), 401
        return view(*args, **kwargs)
    inner.__name__ = view.__name__
    return inner

def accepting_first(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if g.user is not None and g.user.is_active:
            return view(*args, **kwargs)
        abort(403)
    return inner

def inner_named_wraps(permission):
    def wraps(view):
        def wrapper(*a, **k):
            if current_user.has(permission):
                return view(*a, **k)
            return response_401()
        return functools.update_wrapper(wrapper, view)
    return wraps

def role(name):
    def decorate(view):
        @wraps(view)
        def inner(*args, **kwargs):
            if g.user.role != name:
                abort(403)
            return view(*args, **kwargs)
        return inner
    return decorate

admin_only = role('admin')

def calls_another(view):
    @wraps(view)
    def inner(*args, **kwargs):
        return plain(view)(*args, **kwargs)
    return inner

@app.post('/a')  # is: guarded
@plain
def a(): pass

@app.post('/b')  # is: guarded
@without_wraps
def b(): pass

@app.post('/c')  # is: guarded
@accepting_first
def c(): pass

@app.post('/d')  # is: guarded
@inner_named_wraps('x')
def d(): pass

@app.post('/e')  # is: guarded
@role('admin')
def e(): pass

@app.post('/f')  # is: guarded
@admin_only
def f(): pass

@app.post('/g')  # is: guarded
@calls_another
def g_(): pass
",
    );
}

#[test]
fn factories_of_factories_and_callable_classes() {
    flask(
        "
def permission(scope, strict):
    def choose(name=None):
        def decorate(view):
            @wraps(view)
            def inner(*args, **kwargs):
                user = get_authenticated_user()
                if user is None or not user.can(scope):
                    raise Unauthorized()
                return view(*args, **kwargs)
            return inner
        return decorate
    return choose

require_read = permission('read', True)

class require_permissions:
    def __init__(self, names):
        self.names = names
    def __call__(self, view):
        @wraps(view)
        def inner(*args, **kwargs):
            if not current_user.has_permissions(self.names):
                abort(403)
            return view(*args, **kwargs)
        return inner

def require_permission(name):
    return require_permissions((name,))

def require_admin(view):
    return require_permission('admin')(view)

@app.post('/a')  # is: guarded
@require_read('x')
def a(): pass

@app.post('/b')  # is: guarded
@require_permissions(['x'])
def b(): pass

@app.post('/c')  # is: guarded
@require_permission('x')
def c(): pass

@app.post('/d')  # is: guarded
@require_admin
def d(): pass
",
    );
}

#[test]
fn place_decides() {
    flask(
        "
from flask_login import login_required

@login_required
@app.post('/a')  # is: unguarded
def a(): pass

@app.post('/b')  # is: guarded
@login_required
@app.post('/c')  # is: guarded
@login_required
def b(): pass

@app.post('/d')  # is: guarded
@login_required
@app.post('/e')  # is: unguarded
def d(): pass
",
    );
}

#[test]
fn wrapped_at_registration() {
    flask(
        "
from flask_login import login_required
from flask.views import MethodView

def a(): pass

@login_required
def b(): pass

def c(): pass

class Rows(MethodView):
    def post(self):  # is: guarded
        pass

app.add_url_rule('/a', view_func=login_required(a), methods=['POST'])  # is: guarded
app.add_url_rule('/b', view_func=b, methods=['POST'])  # is: guarded
app.add_url_rule('/c', view_func=c, methods=['POST'])  # is: unguarded
app.add_url_rule('/rows', view_func=login_required(Rows.as_view('rows')))
",
    );
}

#[test]
fn class_attributes_and_bases() {
    flask(
        "
from flask_login import login_required
from flask.views import MethodView
from flask_restful import Api, Resource
api = Api(app)

class Guarded(Resource):
    method_decorators = [login_required]

class Rows(Guarded):
    def post(self):  # is: guarded
        pass

class ByMethod(Resource):
    method_decorators = {'post': [login_required]}
    def get(self):  # is: unguarded
        pass
    def post(self):  # is: guarded
        pass

class Base(MethodView):
    decorators = [login_required]

class Own(Base):
    def put(self):  # is: guarded
        pass

class Extended(Guarded):
    method_decorators = [print] + Guarded.method_decorators
    def post(self):  # is: guarded
        pass

class Checks(Resource):
    def dispatch_request(self, *args, **kwargs):
        if not session.get('user'):
            abort(401)
        return super().dispatch_request(*args, **kwargs)
    def delete(self):  # is: guarded
        pass

class Open(Resource):
    def delete(self):  # is: unguarded
        pass

api.add_resource(Rows, '/rows')
api.add_resource(ByMethod, '/by-method')
api.add_resource(Extended, '/extended')
api.add_resource(Checks, '/checks')
api.add_resource(Open, '/open')
app.add_url_rule('/own', view_func=Own.as_view('own'))
",
    );
}

#[test]
fn principals() {
    flask(
        "
from flask_principal import Permission, RoleNeed
admin = Permission(RoleNeed('admin'))

class Permissions:
    PRINT = Permission(RoleNeed('print'))

@app.post('/a')  # is: guarded
@admin.require(403)
def a(): pass

@app.post('/b')  # is: guarded
def b():
    with admin.require(403):
        write()

@app.post('/c')  # is: guarded
def c():
    if not admin.can():
        abort(403)
    write()

@app.post('/d')  # is: guarded
@Permissions.PRINT.require(403)
def d(): pass

@app.post('/e')  # is: guarded
def e():
    with Permissions.PRINT.require(403):
        write()
",
    );
}

#[test]
fn re_exports_aliases_and_overloads() {
    expect(
        "
from flask import Flask
from app import security
from app.security import require_user, also_user, through_partial, overloaded
app = Flask(__name__)

@app.post('/a')  # is: guarded
@require_user
def a(): pass

@app.post('/b')  # is: guarded
@also_user
def b(): pass

@app.post('/c')  # is: guarded
@security.require_user
def c(): pass

@app.post('/d')  # is: guarded
@through_partial
def d(): pass

@app.post('/e')  # is: guarded
@overloaded
def e(): pass
#- app/security/__init__.py
from .checks import *
from .checks import require_user as also_user
__all__ = ['require_user', 'also_user', 'through_partial', 'overloaded']
#- app/security/checks.py
from functools import wraps, partial
from typing import overload
from flask import abort, session

def require_user(view, role=None):
    @wraps(view)
    def inner(*args, **kwargs):
        if not session.get('user'):
            abort(401)
        return view(*args, **kwargs)
    return inner

through_partial = partial(require_user, role='x')

@overload
def overloaded(view: int) -> int: ...
@overload
def overloaded(view: str) -> str: ...
def overloaded(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if 'Authorization' not in request.headers:
            abort(401)
        return view(*args, **kwargs)
    return inner
",
    );
}

#[test]
fn what_cannot_be_seen_is_unknown() {
    flask(
        "
from somewhere import require_member, cached, role_required
import elsewhere

@app.post('/a')  # is: unknown
@require_member
def a(): pass

@app.post('/b')  # is: unguarded
@cached(60)
def b(): pass

@app.post('/c')  # is: unknown
@role_required('x')
def c(): pass

@app.post('/d')  # is: unknown
@elsewhere.protected
def d(): pass
",
    );
}

#[test]
fn lists_given_later() {
    flask(
        "
from flask_restful import Api, Resource
from flask_login import login_required
from app.metrics import timed

class Rows(Resource):
    def post(self): pass  # is: guarded

class Open(Resource):
    def post(self): pass  # is: unguarded

bp = timed(Blueprint('api', __name__), every=1)
api = Api(bp)
api.decorators = [login_required]
api.add_resource(Rows, '/a')

open_api = Api(app)
open_api.add_resource(Open, '/b')
app.register_blueprint(bp, url_prefix='/api')
#- app/metrics.py
def timed(blueprint, every):
    blueprint.before_request(start)
    return blueprint

def start():
    print('now')
",
    );
}

#[test]
fn contexts_of_the_project() {
    flask(
        "
from flask_login import current_user
import flask_login

class Context:
    def can(self):
        return flask_login.current_user.is_authenticated

    def __call__(self, f):
        @wraps(f)
        def wrapper(*args, **kwargs):
            with self:
                return f(*args, **kwargs)
        return wrapper

    def __enter__(self):
        if not self.can():
            abort(403)

    def __exit__(self, *args):
        return False

class Timer:
    def __enter__(self):
        self.begun = now()

    def __exit__(self, *args):
        return False

admin = Context()

@app.post('/a')  # is: guarded
@admin
def a(): pass

@app.post('/b')  # is: guarded
def b():
    with Context():
        write()

@app.post('/c')  # is: unguarded
def c():
    with Timer():
        write()
",
    );
}

#[test]
fn optional_forms_of_libraries() {
    flask(
        "
from flask_jwt_extended import jwt_optional

@app.post('/a')  # is: unguarded
@jwt_optional
def a(): pass
",
    );
}
