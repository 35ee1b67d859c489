document.getElementById('menu').innerHTML = '<li><a href="/m">Menu</a></li>';
console.error('quelque chose a cassé');
document.getElementById('no-paste').addEventListener('paste', e => e.preventDefault());
