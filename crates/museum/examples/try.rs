use museum::training::*; use museum::exhibits::ALL; use museum::parts::*;
use std::time::Instant;
fn mnist()->data::Images{ let b=std::fs::read("datasets/mnist/train-images-idx3-ubyte.gz").unwrap(); let mut s=data::Source::new(&b,1<<30); data::idx::read_images(&mut s).unwrap()}
fn main(){
 let a:Vec<String>=std::env::args().collect();
 let images=mnist();
 let plan=Plan{seed:a[2].parse().unwrap(),width:a[3].parse().unwrap(),steps:a[4].parse().unwrap()};
 let parts: &'static dyn Parts = if a[1]=="healthy" {&Healthy} else {ALL.iter().find(|e|e.name==a[1]).unwrap().parts};
 let t=Instant::now();
 let tr=train(parts,&plan,&images);
 println!("{} seed {} width {} steps {} in {:.1}s", a[1],plan.seed,plan.width,tr.gan.step,t.elapsed().as_secs_f64());
 for m in tr.metrics.iter().filter(|m| m.step%(plan.steps/10).max(1)==0||m.step==20){let r=m.report; println!("{:5} dl {:.3} gl {:.3} dx {:.3} dg {:.4} dn {:.3} gn {:.5}",m.step,r.d_loss,r.g_loss,r.d_real,r.d_fake,r.d_grad_norm,r.g_grad_norm);}
 for (s,l) in &tr.said{println!("  step {s}: {l}");}
 let mut p: Option<dcgan::picture::Picture>=None;
 for (_,r) in &tr.rows{ let q=dcgan::picture::Picture::grid(r,12).unwrap(); match &mut p{None=>p=Some(q),Some(x)=>x.append(&q)} }
 let mut p=p.unwrap(); p.append(&dcgan::picture::Picture::grid(&samples_by_batch(&tr.gan,plan.seed,12),12).unwrap());
 std::fs::write(format!("/tmp/museum-{}-{}.png",a[1],plan.seed),gallery::compose::enlarged(p,2).to_png(&[])).unwrap();
}
