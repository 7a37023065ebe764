//! Guards in the bodies of handlers.

use super::expect;

#[test]
fn early_exits() {
    expect(
        "
from flask import Flask, abort, g, jsonify, redirect, request, session, url_for
from flask_login import current_user
from flask_jwt_extended import verify_jwt_in_request
app = Flask(__name__)

@app.post('/a')  # is: guarded
def a():
    if not current_user.is_authenticated:
        abort(401)
    write()

@app.post('/b')  # is: guarded
def b():
    if 'username' not in g.session:
        return redirect('/user/login')
    write()

@app.post('/c')  # is: guarded
def c():
    if current_user is not None and not current_user.is_anonymous and current_user.is_admin:
        write()
    else:
        abort(403)

@app.post('/d')  # is: guarded
def d():
    if request.method == 'OPTIONS':
        return '', 204
    verify_jwt_in_request()
    write()

@app.post('/e')  # is: unguarded
def e():
    verify_jwt_in_request(optional=True)
    write()

@app.post('/f')  # is: guarded
def f():
    user_id = session.get('user_id')
    if user_id is None:
        return jsonify(error='no'), 401
    write()

@app.post('/g')  # is: unguarded
def g_():
    user = current_user if current_user.is_authenticated else None
    write(user)

@app.post('/h')  # is: unguarded
def h():
    if current_user.is_authenticated and current_user.is_banned:
        abort(403)
    write()

@app.post('/i')  # is: guarded
def i():
    try:
        user = session['user']
    except KeyError:
        return 'no', 401
    write()

@app.post('/j')  # is: guarded
def j():
    if request.headers.get('X-Api-Key') != KEY:
        return {'error': 'no'}, 403
    write()

@app.post('/k')  # is: guarded
def k():
    match session.get('role'):
        case 'admin':
            write()
        case _:
            abort(403)
",
    );
}

const TOKENS: &str = "#- app/tokens.py
import jwt
from flask import abort, g, jsonify, request, session

def token_validator(header):
    if header:
        try:
            token = header.split(' ')[1]
        except IndexError:
            token = ''
    else:
        token = ''
    if not token:
        return {'error': 'no token'}
    return decode(token)

def decode(token):
    try:
        return jwt.decode(token, KEY, algorithms=['HS256'])
    except jwt.InvalidTokenError:
        return {'error': 'invalid'}

def verify_identity():
    header = request.headers.get('Authorization')
    if not header:
        return None, None
    try:
        payload = jwt.decode(header, KEY, algorithms=['HS256'])
        return payload['sub'], payload
    except Exception:
        return None, None

def current_account():
    return g.user

def abort_if_not_admin():
    if not g.user or not g.user.is_admin:
        abort(403)

def require_access(row, user):
    if not user or row.owner != user.id:
        abort(403)

def check(request):
    token = request.headers.get('Authorization')
    if token is None:
        return False, (jsonify(error='no token'), 401)
    return True, None

def login_or_none():
    if 'user' in session:
        return session['user']
    return None

def forwarded():
    if not session.get('user'):
        return jsonify(error='log in'), 401
    return None
";

#[test]
fn helpers() {
    expect(&format!(
        "
from flask import Flask, abort, jsonify, request
from app.tokens import token_validator, verify_identity, abort_if_not_admin, require_access, check, current_account, login_or_none, forwarded
app = Flask(__name__)

@app.post('/a')  # is: guarded
def a():
    resp = token_validator(request.headers.get('Authorization'))
    if 'error' in resp:
        return jsonify(resp), 401
    write()

@app.post('/b')  # is: guarded
def b():
    user_id, _ = verify_identity()
    if not user_id:
        return {{'error': 'no'}}, 401
    write()

@app.post('/c')  # is: guarded
def c():
    abort_if_not_admin()
    write()

@app.post('/d')  # is: guarded
def d(row):
    require_access(row, current_account())
    write()

@app.post('/e')  # is: guarded
def e():
    ok, response = check(request)
    if not ok:
        return response
    write()

@app.post('/f')  # is: unguarded
def f():
    user = login_or_none()
    write(user)

@app.post('/g')  # is: guarded
def g():
    account = login_or_none()
    if account is None:
        abort(401)
    write()

@app.post('/h')  # is: guarded
def h():
    error = forwarded()
    if error:
        return error
    write()

@app.post('/i')  # is: guarded
def i():
    if (account := login_or_none()) is None:
        return jsonify({{}}), 401
    write()

@app.post('/j')  # is: unguarded
def j():
    try:
        abort_if_not_admin()
    except Exception:
        pass
    write()
{TOKENS}"
    ));
}

#[test]
fn websockets_close() {
    expect(
        "
from fastapi import FastAPI, WebSocket, WebSocketException, status
app = FastAPI()

async def authenticate(token):
    if not token:
        return None
    return await load(token)

@app.websocket('/a')  # is: guarded
async def a(websocket: WebSocket):
    user = await authenticate(websocket.query_params.get('token'))
    if not user:
        await websocket.close(4001)
        return
    await websocket.accept()

@app.websocket('/b')  # is: unguarded
async def b(websocket: WebSocket):
    await websocket.accept()
    await websocket.close()

@app.websocket('/c')  # is: guarded
async def c(websocket: WebSocket, token: str):
    user = await authenticate(token)
    if user is None:
        raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
",
    );
}

#[test]
fn signatures() {
    expect(
        "
import hmac
import stripe
from fastapi import FastAPI, Header, HTTPException, Request
app = FastAPI()

@app.post('/payments/notify')  # is: guarded
async def a(request: Request, stripe_signature: str = Header(None)):
    event = stripe.Webhook.construct_event(await request.body(), stripe_signature, SECRET)
    write(event)

@app.post('/repo/notify')  # is: guarded
async def b(request: Request):
    expected = hmac.new(SECRET, await request.body(), 'sha256').hexdigest()
    if not hmac.compare_digest(expected, request.headers.get('X-Signature', '')):
        raise HTTPException(400, 'bad signature')
    write()
",
    );
}

#[test]
fn work_for_known_callers_first() {
    expect(
        "
from flask import Flask, flash, g, jsonify, redirect, request, session, url_for
from flask_login import current_user
from app.store import Row, db
app = Flask(__name__)

@app.route('/a', methods=['GET', 'POST'])  # is: guarded
def a():
    if 'userName' in session:
        db.session.add(Row())
        return redirect('/rows')
    else:
        flash('Log in first')
        return redirect('/')

@app.post('/b')  # is: guarded
def b():
    data = request.json
    if current_user.is_authenticated:
        db.session.add(Row(data['id']))
        db.session.commit()
        return jsonify(success=True)
    return jsonify(success=False, redirect=url_for('signup_page'))

@app.post('/c')  # is: guarded
def c():
    if 'username' not in g.session:
        return redirect('/')
    db.session.add(Row())

@app.post('/d')  # is: guarded
def d():
    if request.method == 'POST' and 'username' in session:
        db.session.add(Row())
    return 'thanks'

@app.post('/e')  # is: guarded
def e():
    db.session.add(Row(owner=session['user_id']))

@app.post('/f')  # is: guarded
def f():
    if not current_user.is_authenticated:
        return redirect(f'/login?next={request.path}')
    write()

@app.post('/g')  # is: unguarded
def g_():
    if current_user.is_authenticated:
        db.session.add(Row(owner=current_user.id))
    else:
        db.session.add(Row(owner=None))
    return redirect('/rows')

@app.post('/h')  # is: unguarded
def h():
    if 'theme' in session:
        db.session.add(Row())
        return redirect('/rows')
    return redirect('/')

@app.post('/i')  # is: unguarded
def i():
    try:
        owner = session['user_id']
    except KeyError:
        owner = None
    db.session.add(Row(owner=owner))

@app.post('/j')  # is: unguarded
def j():
    if not current_user.is_authenticated:
        db.session.add(Row(owner=None))
        return redirect('/cart')
    db.session.add(Row())

@app.post('/k')  # is: unguarded
def k():
    session['user_id'] = request.form['name']
    db.session.add(Row(owner=session['user_id']))

@app.post('/l')  # is: unguarded
def l():
    db.session.add(Row())
    if current_user.is_authenticated:
        db.session.add(Row(owner=current_user.id))
    return 'done'
#- app/store.py
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()

class Row(db.Model):
    id = db.Column(db.Integer, primary_key=True)
",
    );
}

#[test]
fn callees_behind_guards() {
    expect(
        "
from flask import Flask
from app.controllers import Rows
app = Flask(__name__)

@app.post('/a')  # is: guarded
def a():
    return Rows.create()

@app.post('/b')  # is: guarded
def b():
    return Rows.change()

@app.post('/c')  # is: unguarded
def c():
    return Rows.count()

@app.post('/d')  # is: unguarded
def d():
    return Rows.touch()
#- app/controllers.py
from functools import wraps
from flask import abort, session
from flask_jwt_extended import jwt_required

def admin_only(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
        if not session.get('is_admin'):
            abort(403)
        return view(*args, **kwargs)
    return wrapper

def timed(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)
    return wrapper

class Rows:
    @staticmethod
    @jwt_required()
    def create():
        return {}

    @staticmethod
    @admin_only
    def change():
        return {}

    @staticmethod
    @timed
    def count():
        return {}

    @staticmethod
    @jwt_required(optional=True)
    def touch():
        return {}
",
    );
}

#[test]
fn a_check_for_some_methods_guards_in_part() {
    expect(
        "
from flask import Flask, redirect, render_template, request, session
app = Flask(__name__)

@app.route('/notes', methods=['GET', 'POST'])  # is: partial
def notes():
    if request.method == 'POST':
        if 'user_id' not in session:
            return redirect('/login')
        db.session.add(Note(text=request.form['text']))
        db.session.commit()
    return render_template('notes.html', notes=Note.query.all())

@app.route('/drafts', methods=['GET', 'POST'])  # is: guarded
def drafts():
    if 'user_id' not in session:
        return redirect('/login')
    if request.method == 'POST':
        db.session.add(Draft(text=request.form['text']))
        db.session.commit()
    return render_template('drafts.html')

@app.route('/ideas', methods=['GET', 'POST'])  # is: unguarded
def ideas():
    if request.method == 'POST':
        db.session.add(Idea(text=request.form['text']))
        db.session.commit()
    return render_template('ideas.html')
",
    );
}
